import Files
import Measures
import Models
import Runs

/// The card of an autoencoder.
extension ModelCard {
  package var autoencoderText: String {
    ([autoencoderHead]
      + [warning, autoencoderUse, training(), consent, quality, autoencoderLimits].map { $0.joined(separator: "\n") })
      .joined(separator: "\n\n") + "\n"
  }

  var autoencoderHead: String {
    let spec = run.product.autoencoder
    return """
      ---
      library_name: diffusers
      tags: [video, autoencoder, orrery]
      license: other
      license_name: see-consent-terms-below
      ---

      # \(run.name)

      A causal video autoencoder (diffusers' `AutoencoderKLWan`, \(run.cost.parameters.map(Text.count) ?? "?") parameters): \
      \(spec.map { Self.blocks($0.config) } ?? ""). Exported by \(Build.version) from step \(run.step) of \(run.steps), averaged (EMA) weights.
      """
  }

  private static func blocks(_ c: AutoencoderConfig) -> String {
    "a latent pixel of \(c.zDim) numbers stands for \(c.space)×\(c.space) pixels of "
      + (c.time == 1 ? "one frame" : "\(c.time) frames, of the first alone")
  }

  private var autoencoderUse: [String] {
    [
      "## Use", "",
      "Made for research into world models under the consent terms below (purpose: \(run.experiment.consent.purpose); "
        + "commercial use: \(run.experiment.consent.commercial ? "asked for and granted" : "not asked for")).", "",
      "```python", "from diffusers import AutoencoderKLWan",
      "vae = AutoencoderKLWan.from_pretrained(\"<this folder>\")",
      "```", "",
      "Pixels are in [−1, 1]; a model's latents are (mean − `latents_mean`) / `latents_std`, as config.json has them, "
        + "measured over \(run.experiment.autoencoder?.measured ?? 0) training windows. "
        + "With orrery: `codec: {kind: wan, from: <this folder>}`.",
    ]
  }

  private var autoencoderLimits: [String] {
    [
      "## Limits", "",
      "- It gives back the kind of footage it was trained on; what it never saw it blurs, or paints over with what it knows.",
      "- What goes through it is no recording any more.",
    ]
  }

  /// What it gives back of held-out clips.
  static func sentence(_ r: RunEvent.Reconstruction, clips: Int, _ step: Int) -> String {
    let ends = r.low.flatMap { low in r.high.map { " [\(Text.short(low)), \(Text.short($0))]" } } ?? ""
    return
      "Of \(Text.counted(clips, "validation clip")) it gives back \(Text.short(r.psnr))\(ends) dB PSNR (mean over clips with "
      + "its 95 % interval), \(Text.short(r.l1)) mean absolute error of pixels in [−1, 1], and its latents diverge from "
      + "N(0, 1) by \(Text.short(r.kl)) a number, at step \(step)."
  }
}

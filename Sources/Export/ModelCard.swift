import Bench
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Ledger
import Measures
import Media
import Models
import Nets
import Provenance
import Runs
import Worlds

/// `README.md` of an export: a model card in which every figure was read from the run's own files. It holds no date of
/// its own, so the same facts make the same card.
package struct ModelCard {
  package let run: Run
  package let weights: WeightsChoice
  package let weightsHash: String
  package let provenance: ExportProvenance
  package let distribution: ExportDistribution
  /// Of a world model.
  package let captions: ExportText?
  package let withdrawn: WithdrawnGrants

  package var text: String {
    ([head]
      + [warning, use, actions, training(), consent, quality, limits, files].filter { !$0.isEmpty }.map {
        $0.joined(separator: "\n")
      }).joined(
        separator: "\n\n") + "\n"
  }

  /// The same for an adapter alone.
  package func adapterText(_ dialect: AdapterDialect, _ file: String) -> String {
    let lora = run.experiment.lora ?? LoRA()
    let head = """
      ---
      tags: [world-model, video, lora, orrery]
      license: other
      license_name: see-consent-terms-below
      ---

      # \(run.name)

      A LoRA of rank \(lora.rank) for a diffusion transformer (diffusers' `WanTransformer3DModel`), trained by \(Build.version) to step \(run.step) of \(run.steps), \
      \(weights == .ema ? "averaged (EMA)" : "raw") weights. `\(file)` is in the dialect that \(dialect.readers) read; its scale is folded in, so its strength is 1. \
      It means nothing beside other weights than its base, whose SHA-256 is in its header.
      """
    return
      ([head]
      + [warning, actions, training("of the run's weights, as its ledger binds them"), consent, quality, limits].filter
    { !$0.isEmpty }.map {
      $0.joined(separator: "\n")
    }).joined(
      separator: "\n\n") + "\n"
  }

  private var head: String {
    guard let spec = run.product.world else { return autoencoderHead }
    return """
      ---
      library_name: diffusers
      tags: [world-model, video, orrery]
      license: other
      license_name: see-consent-terms-below
      ---

      # \(run.name)

      A video world model: a diffusion transformer over spacetime patches (diffusers' `WanTransformer3DModel`, \(Text.count(spec.transformer.parameterCount)) parameters) \
      that makes clips of \(spec.frames) frames at \(spec.width)×\(spec.height), \(spec.fps.hasSuffix("/1") ? String(spec.fps.dropLast(2)) : spec.fps) frames a second\
      \(spec.context > 0 ? ", or continues them from \(spec.context) given frames" : ""). Exported by \(Build.version) from step \(run.step) of \(run.steps), \
      \(weights == .ema ? "averaged (EMA)" : "raw") weights.
      """
  }

  var warning: [String] {
    let bold = distribution.mayBeDistributed ? distribution.sentence : "> **\(distribution.sentence)**"
    let revoked =
      withdrawn.isEmpty
      ? []
      : ["> **REVOKED SINCE: exported with --despite-revocation.**"] + withdrawn.lines.map { "> - \(Self.cell($0))." }
        + [""]
    return ["## May these weights be handed on?", "", bold, ""] + revoked + distribution.lines.map { "- \($0)" }
      + provenance.notes.map { "- Note: \($0)." }
  }

  /// A short sample of a model that takes pictures would take one.
  private var hasExample: Bool { !(run.product.world?.takesPictures ?? false) }

  private var use: [String] {
    [
      "## Use", "",
      "Made for research into world models under the consent terms below (purpose: \(run.experiment.consent.purpose); commercial use: \(run.experiment.consent.commercial ? "asked for and granted" : "not asked for")).",
      "",
      "```python", "from diffusers import WanTransformer3DModel",
      "model = WanTransformer3DModel.from_pretrained(\"<this folder>/transformer\")", "```", "",
      "It is no whole diffusers pipeline: the text embedder (`text_embedder/`) and the codec (`codec.json`) are orrery's, small, and described there. "
        + "With orrery: `orrery sample <this folder>`. `\(ExportReplay.fileName)` holds a batch with our output"
        + (hasExample
          ? " and `\(ExportExample.fileName)` a short sample with its noise: check your own code against them."
          : ": check your own code against it."),
    ]
  }

  /// What an action is, and whether the model follows it; empty of one that takes none.
  private var actions: [String] {
    guard let spec = run.product.world, let known = ActionVerdict(run) else { return [] }
    let said = known.text.prefix(1).uppercased() + known.text.dropFirst() + "."
    let verdict = known.found?.verdict == .follows ? said : "> **\(said)**"
    return ["## Actions", ""]
      + spec.actions.flatMap { space in
        ["`\(space.name)`, \(space.fps) a second:", ""] + space.lines.map { "- \(Self.cell($0))" } + [""]
      } + [
        "\(ActionSpace.convention.prefix(1).uppercased() + ActionSpace.convention.dropFirst()). "
          + "`\(ActionEmbedderFolder.name)/` holds what makes of actions what is added to the time embedding; a program that does not know it makes video without actions.",
        "", verdict,
      ]
  }

  /// - Parameter meaning: of the weights' hash.
  func training(_ meaning: String = "SHA-256 of the data buffer") -> [String] {
    let cost = run.cost, e = run.experiment, t = e.training
    var lines = [
      "## Training", "", "| | |", "|---|---|", "| run | `\(run.hash)` |",
      "| weights | `\(weightsHash)` (\(meaning)) |",
      "| steps | \(run.step), batches of \(t.batch * t.accumulate) clips of \(e.window) frames |",
      "| frames seen | \(Text.count(provenance.ledger.total.seen)), of which \(Text.count(provenance.ledger.total.framesInLoss)) in the loss |",
    ]
    if run.product.world != nil {
      lines.append(
        "| codec | \(e.codec.kind.rawValue), blocks of \(e.codec.time)×\(e.codec.space)×\(e.codec.space) pixels |")
    }
    if let codec = provenance.codec {
      lines.append(
        "| its autoencoder | \(Self.cell(codec.source)); not in this folder, and its frames are not counted below |")
    }
    if let captions { lines.append("| captions | \(captions.cell) |") }
    if let wall = cost.wallSeconds {
      lines.append(
        "| time | \(ProgressLine.clock(wall)) on \(cost.threads ?? 0) processor threads (\(run.machine.instructions ?? "?")), \(ProgressLine.clock(cost.processorSeconds ?? 0)) of processor time, \(Text.bytes(cost.peakBytes ?? 0)) of memory |"
      )
      lines.append("| energy | \(cost.energyText ?? "not metered") |")
    }
    if let from = e.from {
      let origin = provenance.base.map { "it " + Self.cell($0.text) } ?? "what that was trained on is not on record"
      lines.append("| started from | `\(Self.cell(from))`; \(origin); its frames are not counted below |")
    }
    return lines
  }

  var consent: [String] {
    var lines = [
      "## Training data, by who licensed it", "",
      "| licensor | grant | basis | standing | clips | frames seen | frames in the loss |",
      "|---|---|---|---|---|---|---|",
    ]
    for s in provenance.shares {
      lines.append(
        "| \(Self.cell(s.licensor)) | \(Self.cell(s.grant)) | \(s.basis) | \(s.standing) | \(s.clips) | \(Text.count(s.usage.seen)) | \(Text.count(s.usage.framesInLoss)) |"
      )
    }
    lines += [
      "", "Exposure counts frames; it is not influence. *Self-declared* means that nobody's signature was checked.",
      "`__metadata__` of the weights repeats these totals and names the head of the ledger they were read from.",
      "",
      "Terms of the grants, from "
        + (provenance.distinctManifests.count == 1 ? "`optin.json`:" : "the `optin*.json` files:"), "",
    ]
    var seen: Set<String> = []
    for (manifest, records) in zip(provenance.manifests, provenance.used) {
      let grants = records.flatMap { provenance.grants(of: $0.id, in: manifest) }.compactMap { $0 }
      for grant in grants.sorted(by: { $0.id < $1.id }) where seen.insert(manifest.sha256 + grant.id).inserted {
        lines.append("- " + Self.terms(grant, manifest))
      }
    }
    return lines + baseTerms
  }

  /// Of the grants behind the weights the run began with.
  private var baseTerms: [String] {
    let manifests = provenance.baseManifests + provenance.distinctManifests
    var seen: Set<String> = []
    let lines = (provenance.base?.shares ?? []).compactMap { share -> String? in
      let own = manifests.first { $0.sha256 == share.manifest } ?? manifests.first { $0.licensor.id == share.licensor }
      guard let own, let grant = own.grant(share.grant), seen.insert(own.sha256 + grant.id).inserted else { return nil }
      return "- " + Self.terms(grant, own)
    }
    return lines.isEmpty ? [] : ["", "Terms of the grants behind the weights it began with:", ""] + lines
  }

  private static func terms(_ g: Manifest.Grant, _ m: Manifest) -> String {
    var parts = [
      "**\(cell(m.licensor.id))**, grant `\(cell(g.id))`: \(g.actions.map(cell).joined(separator: ", ")) for \(g.purpose.map(cell).joined(separator: ", "))",
      g.commercial ? "commercial use too" : "no commercial use",
    ]
    if !g.deny.isEmpty { parts.append("denies \(g.deny.map(\.rawValue).sorted().joined(separator: ", "))") }
    parts.append(
      "weights: \(g.derivatives?.weights?.rawValue ?? "not stated"), outputs: \(g.derivatives?.outputs?.rawValue ?? "not stated")"
    )
    if let until = g.until { parts.append("until \(until)") }
    if let r = g.revocation, r.allowed { parts.append("revocable" + (r.effect.map { " (\($0.rawValue))" } ?? "")) }
    if g.attribution == .required { parts.append("attribution required") }
    if let terms = g.terms { parts.append("terms: \(cell(terms))") }
    return parts.joined(separator: "; ") + "."
  }

  var quality: [String] {
    var lines = ["## Measured", ""]
    let held = ((try? EventLog.read(run.path("events.jsonl"))) ?? []).heldOut.filter { $0.step <= run.step }
    if let last = held.last, let first = held.first, !last.loss.isNaN {
      let losses = last.finite
      if let r = last.reconstruction { return lines + [Self.sentence(r, clips: losses.count, last.step)] }
      let estimate = Estimate(
        of: losses.isEmpty ? [last.loss] : losses,
        protocol: MetricProtocol("held_out", version: 1, [.init("levels", "0.1…0.9")]), unit: "")
      lines.append(
        "Held-out loss (velocity, nine fixed noise levels, \(losses.count) validation clips): \(estimate.text) at step \(last.step)"
          + (first.step != last.step ? ", from \(Text.short(first.loss)) at step \(first.step)." : "."))
    } else {
      lines.append("No held-out loss was recorded.")
    }
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: run.path("bench"))) ?? []).filter {
      $0.hasSuffix(".json")
    }.sorted()
    // What scenes of ours say of a model that never saw one is nothing, and a zero would read as a finding.
    let isFootage = Scenario.shown(in: provenance.datasets).isEmpty
    var shown = 0
    for file in files {
      guard let result = try? BenchResult(path: run.path("bench/" + file)),
        !isFootage || result.suite.hasPrefix(FootageSuite.word + "/")
      else { continue }
      let same = result.subjectStamp.weightsHash == weightsHash
      lines +=
        ["", "### \(result.suite)" + (same ? "" : " (of other weights of this run)"), ""]
        + Self.markdown(result.table(result.headlines))
      shown += 1
    }
    if shown == 0 {
      if isFootage { lines += ["", "No suite was run on it that shows what it was trained on: its data are footage."] }
      lines += ["", "It has not been benched: `\(Shell.orrery(["bench", run.name]))`, then export again."]
    }
    return lines
  }

  /// The table as markdown: the model, then the controls no model made.
  private static func markdown(_ table: MetricTable) -> [String] {
    var lines = [
      "| | n | " + table.columns.joined(separator: " | ") + " |",
      "|---|---|" + table.columns.map { _ in "---|" }.joined(),
    ]
    for row in table.rows {
      let n = row.estimates.compactMap { $0?.n }.max() ?? 0
      lines.append(
        "| \(cell(row.subject))\(row.isControl ? " (control)" : "") | \(n) | "
          + row.estimates.map { $0?.text ?? "–" }.joined(separator: " | ") + " |")
    }
    return lines + [
      "",
      "Means with 95 % intervals. A frozen clip wins most consistency scores, which is why the controls stand here.",
    ]
  }

  private var limits: [String] {
    [
      "## Limits", "",
      "- It knows the kind of footage it was trained on, at the size and length above, and nothing else; past the training length it continues window by window and drifts.",
      "- Captions are told apart, not understood: words it never saw are noise to it.",
      "- What it shows is made up. Do not present it as a recording, nor of a person who did not consent to it.",
    ]
  }

  private var files: [String] {
    [
      "## Files", "", "| | |", "|---|---|", "| `transformer/` | config and weights, as diffusers reads them |",
    ]
      + (run.product.world?.takesActions ?? false
        ? ["| `\(ActionEmbedderFolder.name)/` | what makes of actions what is added to the time embedding |"] : []) + [
        "| `scheduler/` | FlowMatchEulerDiscreteScheduler; pass it the sigmas 1 − i/steps |",
        "| `text_embedder/` | how captions become vectors, and the vectors of \(captions?.captions.count ?? 0) captions |",
        "| `codec.json` | between pixels and latents, exactly |",
        "| `\(ExportedModel.worldName)` | all of it in one place, as orrery reads it |",
        "| `optin*.json` | the consent manifests of the training data |",
      ]
      + (provenance.baseManifests.isEmpty
        ? [] : ["| `base-optin*.json` | those behind the weights it began with |"]) + [
        "| `\(ConsentReportSPDX.fileName)`, `\(ConsentReportCroissant.fileName)` | bill of materials (SPDX 3.0.1) and the training data's description (Croissant 1.1); the footage itself is not here |",
        "| `\(ExportReplay.fileName)`\(hasExample ? ", `\(ExportExample.fileName)`" : "") | stored inputs and outputs to check against |",
      ]
  }

  static func cell(_ s: String) -> String {
    s.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "\n", with: " ")
  }
}

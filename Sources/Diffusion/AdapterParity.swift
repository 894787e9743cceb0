import Files
import Models
import Nets
import Tensors

/// Replays what another implementation (peft under diffusers, in f32) computed with an adapter over a base: the output
/// without it, with it in every dialect, at half strength and rank-stabilised, the loss, and every gradient of A and B.
///
/// A case is a folder: `transformer/`, `peft/`, `diffusers/`, `comfy.safetensors`, `kohya.safetensors`, perhaps
/// `dora/`, and `case.safetensors` with `hidden_states` [B,C,F,H,W], `timestep` [B], `encoder_hidden_states` [B,L,E],
/// `target`, `output_base`, `output_lora`, `output_lora_half`, `output_rslora`, `loss` and `grad.<adapter>`. One whose
/// metadata says `dialects` has those files and `output_base`, `output_lora`, `loss` and gradients alone; of a model
/// that takes pictures also `encoder_hidden_states_image`.
struct AdapterParity: ParityKind {
  static func isOne(_ folder: String) -> Bool { Disk.exists(folder + "/peft/adapter_model.safetensors") }

  /// Files of a case, the same adapter in each.
  private static let dialects = ["peft", "diffusers", "comfy.safetensors", "kohya.safetensors"]

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    var (config, weights) = try ModelFolder.frozen(folder + "/transformer")
    config.products = products
    let chosen = config, file = try Safetensors(path: folder + "/case.safetensors")
    let inputs = try Parity.Inputs(file, config, on: compute)
    func output(_ parameters: Parameters) -> Tensor {
      WorldTransformer(chosen, parameters)(
        inputs.x, timesteps: inputs.timesteps, text: inputs.text, image: inputs.image)
    }
    func row(_ name: String, _ y: Tensor, as theirs: String) throws -> Parity.Row {
      try Parity.row(name, Layout.channelsFirst(y).values, file, as: theirs)
    }
    var rows = [
      try row(
        "output_base", output(try WorldTransformer.parameters(config, over: weights, nil, on: compute)),
        as: "output_base")
    ]
    func adapted(_ place: String, strength: Float = 1) throws -> Parameters {
      let adapter = try AdapterFile(folder + "/" + place, for: chosen, on: compute)
      let parameters = try WorldTransformer.parameters(chosen, over: weights, adapter.lora, on: compute)
      adapter.load(into: parameters, strength: strength)
      return parameters
    }
    // Which files there are; a case that does not say has all of them, and every output.
    let told = file[metadata: "dialects"].map { $0.split(separator: " ").map(String.init) }
    for place in told ?? dialects {
      rows.append(try row("output of \(place)", output(try adapted(place)), as: "output_lora"))
    }
    if told == nil {
      rows.append(try row("output_lora_half", output(try adapted("peft", strength: 0.5)), as: "output_lora_half"))
    }

    let rank = Int(file[metadata: "rank"] ?? "") ?? 0, alpha = Double(file[metadata: "alpha"] ?? "") ?? 0
    guard rank > 0, alpha > 0 else {
      throw Problem("the case does not say rank and alpha", at: file.path, fix: "make the case again")
    }
    // With the case's own scale, as it was trained: A and B have the gradients that peft's have.
    var lora = try AdapterFile(folder + "/peft", for: config, on: compute).lora
    (lora.rank, lora.alpha) = (rank, alpha)
    let trained = try WorldTransformer.parameters(config, over: weights, lora, on: compute)
    try AdapterFile(folder + "/peft", for: config, on: compute).load(into: trained)
    if Disk.exists(folder + "/dora/adapter_model.safetensors") {
      rows.append(try row("output of dora", output(try adapted("dora")), as: "output_dora"))
    }
    if told == nil {
      var stabilised = lora
      stabilised.isRankStabilised = true
      let other = try WorldTransformer.parameters(config, over: weights, stabilised, on: compute)
      other.values.scaleAndAdd(0, 1, trained.values)
      rows.append(try row("output_rslora", output(other), as: "output_rslora"))
    }

    let tape = Tape(), gradients = Gradients(of: trained)
    let y = WorldTransformer(config, trained, recording: tape, into: gradients)(
      inputs.x, timesteps: inputs.timesteps, text: inputs.text, image: inputs.image)
    let loss = WeightedMSE()(y, inputs.target, Tensor([1], [1], on: compute))
    rows.append(try Parity.row("loss", [loss.values[0]], file))
    tape.backward(loss)
    gradients.finish()
    return rows + (try Parity.gradients(trained, gradients, file))
  }
}

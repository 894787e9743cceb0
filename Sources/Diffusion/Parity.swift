import Files
import Models
import Nets
import Tensors

/// Replays a case another implementation computed (diffusers, in f32): forward, loss, every gradient, five AdamW
/// losses.
///
/// A case is a folder: `transformer/{config.json, diffusion_pytorch_model.safetensors}` and `case.safetensors` with
/// `hidden_states` [B,C,F,H,W], `timestep` [B] or [B,N], `encoder_hidden_states` [B,L,E], `target`, `output`, `loss`,
/// `grad.<parameter>` and `adamw_losses` [5]; of a model that takes pictures also `encoder_hidden_states_image`.
public struct Parity {
  /// How far one tensor is from the other implementation's.
  public struct Row: Sendable {
    public let name: String
    /// max|a − b|
    public let absolute: Double
    /// max|a − b| / max|b|. A gradient that is zero in exact arithmetic (softmax over a single key, say) is rounding on
    /// both sides and has no scale of its own: below a millionth of the case's largest gradient, a thousandth of that
    /// largest stands for max|b|.
    public let relative: Double
  }

  /// Cases of other kinds than a whole transformer, told by what lies in their folder.
  private static let kinds: [any ParityKind.Type] = [
    AdapterParity.self, FormatsParity.self, SchedulesParity.self, NamesParity.self, TokenizerParity.self,
    TextParity.self, PipelineParity.self, AutoencoderParity.self,
  ]

  public let rows: [Row]
  public let tolerance: Double
  public var worst: Row? { rows.max { $0.relative < $1.relative } }
  /// Every row is within tolerance; NaN never is.
  public var passes: Bool { rows.allSatisfy { $0.relative <= tolerance } }

  /// - Throws: `Problem` when the case is incomplete or does not fit the model.
  public init(folder: String, products: ElementType = .f32, on compute: Compute, tolerance: Double = 1e-4) throws {
    guard compute.products(products) == products else {
      throw Problem(
        "this machine does not multiply bf16 (\(compute.instructions))", at: folder,
        expected: "a processor with AVX512_BF16")
    }
    self.tolerance = tolerance
    if let kind = Self.kinds.first(where: { $0.isOne(folder) }) {
      rows = try kind.rows(folder, products, on: compute)
      return
    }
    let model = try ModelFolder.open(folder + "/transformer", on: compute)
    let file = try Safetensors(path: folder + "/case.safetensors")
    let inputs = try Inputs(file, model.config, on: compute)
    var rows: [Row] = []

    let parameters = model.parameters, gradients = Gradients(of: parameters)
    var config = model.config
    config.products = products
    let known = Set(parameters.entries.map { "grad." + $0.name } + Self.names)
    let strangers = file.entries.map(\.name).filter { !known.contains($0) }
    guard strangers.isEmpty else {
      throw Problem(
        "the case holds tensors nothing computes: \(strangers.prefix(5).joined(separator: ", "))"
          + Nearest.hint(strangers[0], known.sorted()), at: file.path,
        fix: "make the case again with Tests/Interop/make_parity_case.py")
    }
    let chosen = config
    func step() -> (loss: Float, output: Tensor) {
      let tape = Tape()
      gradients.clear()
      let y = WorldTransformer(chosen, parameters, recording: tape, into: gradients)(
        inputs.x, timesteps: inputs.timesteps, text: inputs.text, image: inputs.image)
      let loss = WeightedMSE()(y, inputs.target, Tensor([1], [1], on: compute))
      let value = loss.values[0]
      tape.backward(loss)
      gradients.finish()
      return (value, y)
    }

    let first = step()
    rows.append(try Self.row("output", Layout.channelsFirst(first.output).values, file))
    rows.append(try Self.row("loss", [first.loss], file))
    rows += try Self.gradients(parameters, gradients, file)
    let optimizer = AdamW(parameters, .init(beta1: 0.9, beta2: 0.95, eps: 1e-8, decay: 0.01))
    var losses = [first.loss]
    for _ in 0..<4 {
      optimizer.step(parameters, gradients, rate: 1e-3, clip: 1)
      losses.append(step().loss)
    }
    rows.append(try Self.row("adamw_losses", losses, file))
    self.rows = rows
  }

  private static let names = [
    "hidden_states", "timestep", "encoder_hidden_states", "encoder_hidden_states_image", "target", "output", "loss",
    "adamw_losses",
  ]

  /// Every gradient against the case's `grad.<parameter>`.
  static func gradients(_ parameters: Parameters, _ gradients: Gradients, _ file: Safetensors) throws -> [Row] {
    let largest = try largestGradient(file)
    return try parameters.entries.compactMap { entry in
      try gradients[entry.name].map { try row("grad." + entry.name, $0.values, file, largest: largest) }
    }
  }

  /// The largest number in any gradient of a case.
  private static func largestGradient(_ file: Safetensors) throws -> Double {
    try file.entries.filter { $0.name.hasPrefix("grad.") }.reduce(0.0) { top, entry in
      try file.floats(entry.name).values.reduce(top) { max($0, $1.isFinite ? abs(Double($1)) : 0) }
    }
  }

  /// - Parameter tensor: the case's name of it, where it is not `name`.
  static func row(
    _ name: String, _ ours: [Float], _ file: Safetensors, as tensor: String? = nil, largest: Double = 0
  ) throws -> Row {
    let theirs = try file.floats(tensor ?? name).values
    guard theirs.count == ours.count else {
      throw Problem("'\(name)' has \(theirs.count) elements, the model gives \(ours.count)", at: file.path)
    }
    var difference = 0.0, top = 0.0
    for (a, b) in zip(ours, theirs) {
      let d = abs(Double(a) - Double(b))
      // A NaN on either side must not slip through a comparison.
      difference = d.isNaN ? .infinity : max(difference, d)
      top = max(top, abs(Double(b)))
    }
    if top < 1e-6 * largest { top = 1e-3 * largest }
    return Row(
      name: name, absolute: difference,
      relative: difference == 0 ? 0 : difference.isFinite ? difference / top : .infinity)
  }

  struct Inputs {
    let x: Tensor, timesteps: Tensor, text: Tensor, target: Tensor
    /// Tokens of pictures, of a model that takes them.
    let image: Tensor?

    init(_ file: Safetensors, _ config: WorldTransformerConfig, on compute: Compute) throws {
      func tensor(_ name: String, rank: ClosedRange<Int>) throws -> Tensor {
        let (shape, values) = try file.floats(name)
        guard rank.contains(shape.count), !values.isEmpty else {
          throw Problem(
            "'\(name)' has the shape \(Shape(shape))", at: file.path,
            expected: "\(rank.upperBound) dimensions, none of them zero")
        }
        return Tensor(values, Shape(shape), on: compute)
      }
      x = Layout.channelsLast(try tensor("hidden_states", rank: 5...5))
      target = Layout.channelsLast(try tensor("target", rank: 5...5))
      text = try tensor("encoder_hidden_states", rank: 3...3)
      let t = try tensor("timestep", rank: 1...2)
      timesteps = t.shape.rank == 1 ? t.reshaped([t.count, 1]) : t
      image = try Self.pictures(file, config, samples: text.shape[0], tensor)
      try config.check(frames: x.shape[1], height: x.shape[2], width: x.shape[3], channels: x.shape[4], at: file.path)
      let b = x.shape[0], tokens = config.patch.grid(x.shape).tokens
      guard text.shape[0] == b, text.shape[2] == config.textDim, timesteps.shape[0] == b,
        tokens % timesteps.shape[1] == 0,
        target.shape == Shape(x.shape.sizes.dropLast() + [config.outChannels])
      else {
        throw Problem(
          "the shapes do not belong together: x \(x.shape), timestep \(t.shape), text \(text.shape), target \(target.shape)",
          at: file.path)
      }
    }

    private static func pictures(
      _ file: Safetensors, _ config: WorldTransformerConfig, samples b: Int,
      _ tensor: (String, ClosedRange<Int>) throws -> Tensor
    ) throws -> Tensor? {
      guard let features = config.imageDim else { return nil }
      let name = "encoder_hidden_states_image", given = try tensor(name, 3...3)
      guard b > 0, given.shape[0] % b == 0, given.shape[2] == features else {
        throw Problem("'\(name)' is \(given.shape), for \(b) texts and image_dim \(features)", at: file.path)
      }
      // Of two pictures the tokens stand one picture a row.
      let tokens = given.count / (b * features)
      guard config.imagePositions == nil ? given.shape[0] == b : tokens == config.imagePositions else {
        throw Problem("'\(name)' is \(given.shape): \(tokens) tokens a sample", at: file.path)
      }
      return given.reshaped([b, tokens, features])
    }
  }
}

/// A kind of case with files of its own.
protocol ParityKind: SendableMetatype {
  /// Whether the folder is one.
  static func isOne(_ folder: String) -> Bool
  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row]
}

/// Between our [B,F,H,W,C] and diffusers' [B,C,F,H,W].
public enum Layout {
  public static func channelsFirst(_ x: Tensor) -> Tensor {
    let s = x.shape, inner = s[1] * s[2] * s[3], c = s[4]
    let y = Tensor(undefined: [s[0], c, s[1], s[2], s[3]], on: x.compute)
    x.withElements { from in
      y.withElements { to in
        for b in 0..<s[0] {
          for i in 0..<inner { for e in 0..<c { to[(b * c + e) * inner + i] = from[(b * inner + i) * c + e] } }
        }
      }
    }
    return y
  }

  public static func channelsLast(_ x: Tensor) -> Tensor {
    let s = x.shape, inner = s[2] * s[3] * s[4], c = s[1]
    let y = Tensor(undefined: [s[0], s[2], s[3], s[4], c], on: x.compute)
    x.withElements { from in
      y.withElements { to in
        for b in 0..<s[0] {
          for i in 0..<inner { for e in 0..<c { to[(b * inner + i) * c + e] = from[(b * c + e) * inner + i] } }
        }
      }
    }
    return y
  }
}

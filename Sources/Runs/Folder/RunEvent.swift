import Consent
import Files

/// A line of `events.jsonl`, written and read here alone.
///
/// Training appends them; curves, cards and summaries read them. Lines of before lack what was not logged yet. A line
/// of a kind, or of a form, this version does not know is `other` and says what it says.
public enum RunEvent: Sendable, Equatable {
  case step(Step)
  case heldOut(HeldOutLoss)
  /// An `evaluate:` entry was due.
  case evaluation(Visit)
  /// A clip has reached the cap on exposures of its grant. `step`: steps done.
  case cap(step: Int, clip: String)
  /// A clip lost its grant and left the training set.
  case left(step: Int, clip: String, grant: String, reasons: [Reason])
  /// Clips lost the grant for evaluating.
  case heldOutLeft(step: Int, clips: [String])
  /// Whether the loss rises when a model is given other actions than its clips'.
  case following(Following)
  /// The learning rate rises against the schedule so far: the run was lengthened. `step`: steps done.
  case rateJump(step: Int, before: Double, after: Double)
  case other(Value)

  /// The first word of a line.
  private enum Kind: String {
    case step, heldOut = "held_out", evaluation, cap, left, heldOutLeft = "held_out_left", following,
      rateJump = "rate_jump"
  }

  /// Step of training it belongs to: the step itself, or steps done when something was observed; nil where the line
  /// does not say.
  public var at: Int? {
    switch self {
    case .step(let step): step.step
    case .heldOut(let loss): loss.step
    case .evaluation(let visit): visit.step
    case .following(let following): following.step
    case .cap(let step, _), .left(let step, _, _, _), .heldOutLeft(let step, _),
      .rateJump(let step, _, _):
      step
    case .other(let value): value["step"]?.integer
    }
  }
}

extension RunEvent {
  /// One step of training; `step` counts from 0.
  public struct Step: Sendable, Equatable {
    public var step: Int
    /// NaN where it was not a number.
    public var loss: Double
    /// Length of the gradient before clipping, the learning rate, seconds the step took, seconds of it waited for data.
    public var norm: Double?, rate: Double?, seconds: Double?, wait: Double?

    public init(
      step: Int, loss: Double, norm: Double? = nil, rate: Double? = nil, seconds: Double? = nil, wait: Double? = nil
    ) {
      self.step = step
      self.loss = loss
      self.norm = norm
      self.rate = rate
      self.seconds = seconds
      self.wait = wait
    }
  }

  /// The loss on validation clips after `step` steps.
  public struct HeldOutLoss: Sendable, Equatable {
    public var step: Int
    /// The mean; NaN where it was not a number.
    public var loss: Double
    /// One a clip, in the data's order.
    public var losses: [Double]
    /// By noise level; empty in logs of before.
    public var levels: [Level]
    /// One a clip in each third of the levels, lowest first; empty in logs of before.
    public var ranges: [[Double]]
    /// What an autoencoder gave back.
    public var reconstruction: Reconstruction?

    public init(
      step: Int, loss: Double, losses: [Double], levels: [Level] = [], ranges: [[Double]] = [],
      reconstruction: Reconstruction? = nil
    ) {
      self.step = step
      self.reconstruction = reconstruction
      self.loss = loss
      self.losses = losses
      self.levels = levels
      self.ranges = ranges
    }

    /// What the thirds are called.
    package static let rangeNames = ["low", "middle", "high"]

    /// The clips' losses that are numbers.
    package var finite: [Double] { losses.filter { !$0.isNaN } }
  }

  /// Held-out clips as an autoencoder gives them back.
  public struct Reconstruction: Sendable, Equatable {
    /// Decibels, the clips' mean, with its 95 % interval over clips.
    public var psnr: Double, low: Double?, high: Double?
    /// The mean absolute error of pixels in [−1, 1], and the latents' divergence from N(0, 1), an element.
    public var l1: Double, kl: Double

    public init(psnr: Double, low: Double?, high: Double?, l1: Double, kl: Double) {
      (self.psnr, self.low, self.high, self.l1, self.kl) = (psnr, low, high, l1, kl)
    }
  }

  /// The held-out loss at one noise level, with its 95 % interval over clips.
  public struct Level: Sendable, Equatable {
    public var sigma: Double, loss: Double
    public var low: Double?, high: Double?

    public init(sigma: Double, loss: Double, low: Double?, high: Double?) {
      self.sigma = sigma
      self.loss = loss
      self.low = low
      self.high = high
    }
  }
}

extension Array where Element == RunEvent {
  /// The held-out losses at the run's own cadence, in the log's order.
  package var heldOut: [RunEvent.HeldOutLoss] {
    compactMap { if case .heldOut(let loss) = $0 { loss } else { nil } }
  }
}

// MARK: the line

extension RunEvent {
  public init(_ value: Value) {
    self = value["kind"]?.string.flatMap(Kind.init).flatMap { Self.known($0, value) } ?? .other(value)
  }

  private static func known(_ kind: Kind, _ v: Value) -> RunEvent? {
    guard let step = v["step"]?.integer else { return nil }
    switch kind {
    case .step:
      return .step(
        Step(
          step: step, loss: v["loss"]?.double ?? .nan, norm: v["norm"]?.double, rate: v["rate"]?.double,
          seconds: v["seconds"]?.double, wait: v["wait"]?.double))
    case .heldOut:
      return .heldOut(
        HeldOutLoss(
          step: step, loss: v["loss"]?.double ?? .nan, losses: (v["losses"]?.array ?? []).map { $0.double ?? .nan },
          levels: (v["levels"]?.array ?? []).map(Level.init),
          ranges: HeldOutLoss.rangeNames.compactMap { v["ranges"]?[$0]?.array?.map { $0.double ?? .nan } },
          reconstruction: v["reconstruction"].flatMap(Reconstruction.init)))
    case .evaluation: return .evaluation(Visit(v, step))
    case .cap: return v["clip"]?.string.map { .cap(step: step, clip: $0) }
    case .left:
      guard let clip = v["clip"]?.string, let grant = v["grant"]?.string, let stated = v["reasons"]?.array,
        case let reasons = stated.compactMap(Reason.init), reasons.count == stated.count
      else { return nil }
      return .left(step: step, clip: clip, grant: grant, reasons: reasons)
    case .heldOutLeft:
      return v["clips"]?.array.map { .heldOutLeft(step: step, clips: $0.compactMap(\.string)) }
    case .following: return Following(v, step).map { .following($0) }
    case .rateJump:
      guard let before = v["before"]?.double, let after = v["after"]?.double else { return nil }
      return .rateJump(step: step, before: before, after: after)
    }
  }

  public var value: Value {
    func line(_ kind: Kind, _ step: Int, _ fields: [Value.Field]) -> Value {
      .object([.init("kind", .string(kind.rawValue)), .init("step", Value(step))] + fields)
    }
    switch self {
    case .step(let s):
      let further: [(String, Double?)] = [
        ("norm", s.norm), ("rate", s.rate), ("seconds", s.seconds), ("wait", s.wait),
      ]
      return line(
        .step, s.step,
        [.init("loss", .number(s.loss))] + further.compactMap { key, x in x.map { .init(key, .number($0)) } })
    case .heldOut(let h):
      let levels = h.levels.isEmpty ? [] : [Value.Field("levels", .array(h.levels.map(\.value)))]
      let ranges = zip(HeldOutLoss.rangeNames, h.ranges).map {
        Value.Field($0, .array($1.map { .number($0) }))
      }
      return line(
        .heldOut, h.step,
        [.init("loss", .number(h.loss)), .init("losses", .array(h.losses.map { .number($0) }))] + levels
          + (ranges.isEmpty ? [] : [.init("ranges", .object(ranges))])
          + (h.reconstruction.map { [.init("reconstruction", $0.value)] } ?? []))
    case .evaluation(let visit): return line(.evaluation, visit.step, visit.fields)
    case .cap(let step, let clip): return line(.cap, step, [.init("clip", .string(clip))])
    case .left(let step, let clip, let grant, let reasons):
      return line(
        .left, step,
        [
          .init("clip", .string(clip)), .init("grant", .string(grant)), .init("reasons", .array(reasons.map(\.value))),
        ])
    case .heldOutLeft(let step, let clips):
      return line(.heldOutLeft, step, [.init("clips", .array(clips.map { .string($0) }))])
    case .following(let following): return line(.following, following.step, following.fields)
    case .rateJump(let step, let before, let after):
      return line(.rateJump, step, [.init("before", .number(before)), .init("after", .number(after))])
    case .other(let value): return value
    }
  }
}

extension RunEvent.Level {
  init(_ v: Value) {
    self.init(
      sigma: v["sigma"]?.double ?? .nan, loss: v["loss"]?.double ?? .nan, low: v["low"]?.double, high: v["high"]?.double
    )
  }

  var value: Value {
    ["sigma": .number(sigma), "loss": .number(loss), "low": Value(low), "high": Value(high)]
  }
}

extension RunEvent.Reconstruction {
  init?(_ v: Value) {
    guard let psnr = v["psnr"]?.double, let l1 = v["l1"]?.double, let kl = v["kl"]?.double else { return nil }
    self.init(psnr: psnr, low: v["low"]?.double, high: v["high"]?.double, l1: l1, kl: kl)
  }

  var value: Value {
    ["psnr": .number(psnr), "low": Value(low), "high": Value(high), "l1": .number(l1), "kl": .number(kl)]
  }
}

extension Reason {
  /// As `value` wrote it; nil for a code this version does not know.
  fileprivate init?(_ v: Value) {
    guard let code = v["code"]?.string.flatMap(Code.init), let sentence = v["sentence"]?.string,
      let fix = v["fix"]?.string
    else { return nil }
    self.init(code, sentence, fix: fix, grant: v["grant"]?.string)
  }
}

import Files

extension RunEvent {
  /// How the loss on held-out clips changes, at the same noise, when a model that takes actions is given others than the
  /// clips'. Losses are those of `HeldOutLoss` at the highest third of its noise levels.
  public struct Following: Sendable, Equatable {
    /// What is given instead of a clip's own actions.
    public enum Given: String, CaseIterable, Sendable {
      /// Those of another held-out clip.
      case shuffled
      /// Its own, a frame later.
      case shifted
      /// One that says nothing, throughout: quantities in the middle of their range, keys up.
      case zeroed
      /// None.
      case absent
    }

    /// The mean change over clips, with its 95 % bootstrap interval; above 0 the loss rises.
    public struct Change: Sendable, Equatable {
      public var given: Given, mean: Double
      public var low: Double?, high: Double?

      public init(_ given: Given, mean: Double, low: Double?, high: Double?) {
        (self.given, self.mean, self.low, self.high) = (given, mean, low, high)
      }

      /// Whether the interval lies above zero.
      public var isRise: Bool { low.map { $0 > 0 } ?? false }
    }

    public enum Verdict: String, CaseIterable, Sendable {
      case follows
      /// The loss rises without them, but not when they come a frame later.
      case unaligned
      case ignores
    }

    public var step: Int
    /// Clips that were looked at.
    public var count: Int
    /// The mean loss with their own actions.
    public var loss: Double
    public var changes: [Change]

    public init(step: Int, count: Int, loss: Double, changes: [Change]) {
      (self.step, self.count, self.loss, self.changes) = (step, count, loss, changes)
    }

    public var verdict: Verdict {
      func rises(_ given: Given) -> Bool { changes.first { $0.given == given }?.isRise ?? false }
      guard rises(.shuffled), rises(.zeroed) else { return .ignores }
      return rises(.shifted) ? .follows : .unaligned
    }

    /// "follows its actions: …", in a line.
    public var text: String {
      let words =
        switch verdict {
        case .follows: "follows its actions"
        case .unaligned: "follows its actions, but as well those of a frame later: their alignment is in doubt"
        case .ignores: "ignores its actions"
        }
      let parts = changes.map { change in
        let mean = "\(change.given.rawValue) \(change.mean < 0 ? "" : "+")\(Text.short(change.mean))"
        guard let low = change.low, let high = change.high else { return mean }
        return mean + " [\(Text.short(low)), \(Text.short(high))]"
      }
      return
        "\(words): held-out loss at high noise \(Text.short(loss)) on \(Text.counted(count, "clip")), given others "
        + parts.joined(separator: ", ")
    }
  }
}

extension Array where Element == RunEvent {
  /// The newest verdict on whether the model follows its actions.
  package var following: RunEvent.Following? {
    reversed().lazy.compactMap { if case .following(let found) = $0 { found } else { nil } }.first
  }
}

extension RunEvent.Following {
  init?(_ v: Value, _ step: Int) {
    guard let count = v["clips"]?.integer, let loss = v["loss"]?.double, let list = v["changes"]?.array else {
      return nil
    }
    let changes = list.compactMap(Change.init)
    guard changes.count == list.count else { return nil }
    self.init(step: step, count: count, loss: loss, changes: changes)
  }

  var fields: [Value.Field] {
    [
      .init("clips", Value(count)), .init("loss", .number(loss)), .init("changes", .array(changes.map(\.value))),
      .init("verdict", .string(verdict.rawValue)),
    ]
  }

  /// For `--json`.
  package var value: Value { .object([.init("step", Value(step))] + fields) }
}

extension RunEvent.Following.Change {
  init?(_ v: Value) {
    guard let given = v["given"]?.string.flatMap(RunEvent.Following.Given.init), let mean = v["mean"]?.double else {
      return nil
    }
    self.init(given, mean: mean, low: v["low"]?.double, high: v["high"]?.double)
  }

  var value: Value {
    ["given": .string(given.rawValue), "mean": .number(mean), "low": Value(low), "high": Value(high)]
  }
}

import Files

extension RunEvent {
  /// One visit of an `evaluate:` entry: what the model, and the controls beside it, were measured at.
  public struct Visit: Sendable, Equatable {
    /// An estimate with the ends of its 95 % interval and the instances behind it.
    public struct Figure: Sendable, Equatable {
      public var metric: String
      public var value: Double
      public var low: Double?, high: Double?
      /// nil where the log does not say.
      public var n: Int?

      public init(metric: String, value: Double, low: Double?, high: Double?, n: Int?) {
        self.metric = metric
        self.value = value
        self.low = low
        self.high = high
        self.n = n
      }
    }

    public struct Row: Sendable, Equatable {
      public var subject: String
      public var figures: [Figure]

      public init(subject: String, figures: [Figure]) {
        self.subject = subject
        self.figures = figures
      }

      public subscript(metric: String) -> Figure? { figures.first { $0.metric == metric } }
    }

    public var step: Int
    /// Of the entry, and of the suite it asks for.
    public var name: String, suite: String
    /// Instances, or clips.
    public var count: Int?
    /// What samples were drawn with, as `SamplerSettings` writes it; nil where nothing is sampled.
    public var sampler: Value?
    /// Metrics the suite declared primary.
    public var primaries: [String]
    /// Of a visit to held-out clips, by noise level.
    public var levels: [Level]
    public var rows: [Row]

    public init(
      step: Int, name: String, suite: String, count: Int?, sampler: Value? = nil, primaries: [String],
      levels: [Level] = [], rows: [Row]
    ) {
      self.step = step
      self.name = name
      self.suite = suite
      self.count = count
      self.sampler = sampler
      self.primaries = primaries
      self.levels = levels
      self.rows = rows
    }

    /// What the model's row is called; every other row is a control's.
    public static let model = "model"

    public var model: Row? { rows.first { $0.subject == Self.model } }
    public var controls: [Row] { rows.filter { $0.subject != Self.model } }
  }
}

// MARK: the line

extension RunEvent.Visit {
  init(_ v: Value, _ step: Int) {
    self.init(
      step: step, name: v["name"]?.string ?? "", suite: v["suite"]?.string ?? "", count: v["count"]?.integer,
      sampler: v["sampler"], primaries: (v["primary"]?.array ?? []).compactMap(\.string),
      levels: (v["levels"]?.array ?? []).map(RunEvent.Level.init),
      rows: (v["subjects"]?.fields ?? []).map { subject in
        Row(subject: subject.key, figures: (subject.value.fields ?? []).compactMap(Figure.init))
      })
  }

  /// Of its line, after the step.
  var fields: [Value.Field] {
    var all: [Value.Field] = [.init("name", .string(name)), .init("suite", .string(suite))]
    if let count { all.append(.init("count", Value(count))) }
    if let sampler { all.append(.init("sampler", sampler)) }
    all.append(.init("primary", .array(primaries.map { .string($0) })))
    if !levels.isEmpty { all.append(.init("levels", .array(levels.map(\.value)))) }
    all.append(
      .init("subjects", .object(rows.map { row in .init(row.subject, .object(row.figures.map(\.field))) })))
    return all
  }
}

extension RunEvent.Visit.Figure {
  /// nil where there is no value.
  fileprivate init?(_ field: Value.Field) {
    guard let value = field.value["value"]?.double else { return nil }
    self.init(
      metric: field.key, value: value, low: field.value["low"]?.double, high: field.value["high"]?.double,
      n: field.value["n"]?.integer)
  }

  fileprivate var field: Value.Field {
    var fields: [Value.Field] = [
      .init("value", .number(value)), .init("low", Value(low)), .init("high", Value(high)),
    ]
    if let n { fields.append(.init("n", Value(n))) }
    return .init(metric, .object(fields))
  }
}

import Files

/// What changed between two versions of a manifest, by clip and grant: granted, withdrawn, widened, narrowed, or on
/// other terms.
///
/// It compares what the manifests say, whatever the day and whoever asks: a clip and a grant it names are a permission,
/// and each of the grant's fields makes that permission wider or narrower.
public struct ManifestDiff: Sendable, Equatable {
  public enum Change: String, Sendable, CaseIterable {
    case withdrawn, narrowed, changed, widened, granted
  }

  /// A field of a grant, or of the consent of a person shown.
  public struct Field: Sendable, Hashable {
    public let name: String
    public let change: Change
    public let from: String
    public let to: String
  }

  /// Clips that fare alike under one grant.
  public struct Row: Sendable, Equatable {
    public let change: Change
    public let grant: String
    public let why: String
    public let fields: [Field]
    public fileprivate(set) var clips: [String]
  }

  public let rows: [Row]
  /// About the manifests as a whole: a licensor who changed, a version that does not follow.
  public let notes: [String]
  private let old: Manifest, new: Manifest

  public init(_ old: Manifest, _ new: Manifest) {
    (self.old, self.new) = (old, new)
    var rows: [Row] = [], places: [String: Int] = [:], compared: [String: [Field]] = [:]
    func add(_ change: Change, _ grant: String, _ why: String, _ clip: String, _ fields: [Field] = []) {
      let key = [change.rawValue, grant, why, fields.map { $0.name + $0.from + $0.to }.joined()].joined(
        separator: "\u{0}")
      if let place = places[key] { rows[place].clips.append(clip); return }
      places[key] = rows.count
      rows.append(Row(change: change, grant: grant, why: why, fields: fields, clips: [clip]))
    }
    for clip in Set(old.assets.map(\.clip) + new.assets.map(\.clip)).sorted() {
      let (was, now) = (old.asset(clip), new.asset(clip))
      let before = Set(was?.grants ?? []), after = Set(now?.grants ?? [])
      // Another content under the same name is another clip: what was granted is gone, what is granted is new.
      let replaced =
        was.map { was in now.map { was.framesSHA256 != $0.framesSHA256 || was.fileSHA256 != $0.fileSHA256 } ?? false }
        ?? false
      for grant in before.union(after).sorted() {
        if before.contains(grant), !after.contains(grant) {
          add(
            .withdrawn, grant, now == nil ? "the clip is no longer listed" : "the clip no longer names the grant", clip);
          continue
        }
        if !before.contains(grant), after.contains(grant) {
          add(.granted, grant, was == nil ? "the clip is new" : "the clip now names the grant", clip); continue
        }
        if replaced { add(.changed, grant, "the clip's content is another", clip) }
        switch (old.grant(grant), new.grant(grant)) {
        case (nil, nil): continue
        case (.some, nil): add(.withdrawn, grant, "the grant is gone", clip)
        case (nil, .some): add(.granted, grant, "the grant is new", clip)
        case (let a?, let b?):
          let fields = compared[grant] ?? Self.fields(a, b)
          compared[grant] = fields
          let people = Self.people(was?.likeness ?? [], now?.likeness ?? [], old, new)
          if let change = Self.sum(fields + people) {
            add(change, grant, "its terms are others", clip, fields + people)
          }
        }
      }
    }
    let order = Change.allCases
    self.rows = rows.sorted {
      (order.firstIndex(of: $0.change) ?? 0, $0.grant, $0.why, $0.clips[0]) < (
        order.firstIndex(of: $1.change) ?? 0, $1.grant, $1.why, $1.clips[0]
      )
    }
    notes = Self.notes(old, new)
  }

  private static func notes(_ old: Manifest, _ new: Manifest) -> [String] {
    var notes: [String] = []
    if old.id != new.id { notes.append("the two have different ids: they are two manifests, not two versions of one") }
    if old.licensor.id != new.licensor.id {
      notes.append(
        "the licensor was \(FieldReader.shortened(old.licensor.id)) and is \(FieldReader.shortened(new.licensor.id))")
    }
    if new.version <= old.version, old.sha256 != new.sha256 {
      notes.append("the version went from \(old.version) to \(new.version); a newer one must be higher")
    }
    if let supersedes = new.supersedes, supersedes != "sha256:" + old.sha256 {
      notes.append("the newer one says it supersedes another manifest than this")
    }
    for (name, manifest) in [("the older", old), ("the newer", new)] where !manifest.faults.isEmpty {
      notes.append("\(name) has faults and grants nothing: \(manifest.faults[0].sentence)")
    }
    return notes
  }

  /// One word for several fields: narrower in one and wider in another is neither.
  private static func sum(_ fields: [Field]) -> Change? {
    let kinds = Set(fields.map(\.change))
    if kinds.isEmpty { return nil }
    if kinds.contains(.withdrawn) { return .withdrawn }
    if kinds.subtracting([.narrowed, .changed]).isEmpty, kinds.contains(.narrowed) { return .narrowed }
    if kinds.subtracting([.widened, .changed]).isEmpty, kinds.contains(.widened) { return .widened }
    return .changed
  }
}

extension ManifestDiff {
  private static func field(_ name: String, _ change: Change?, _ from: String, _ to: String) -> [Field] {
    change.map { [Field(name: name, change: $0, from: from, to: to)] } ?? []
  }

  /// - Parameter all: the word that stands for every other.
  private static func words(
    _ name: String, _ a: [String], _ b: [String], all: String? = nil, forbids: Bool = false
  ) -> [Field] {
    let (from, to) = (Set(a), Set(b))
    guard from != to else { return [] }
    let everything = (from: all.map(from.contains) ?? false, to: all.map(to.contains) ?? false)
    guard !(everything.from && everything.to) else { return [] }
    let grows = everything.to || (from.isSubset(of: to) && !everything.from),
      shrinks = everything.from || (to.isSubset(of: from) && !everything.to)
    let change: Change =
      grows ? (forbids ? .narrowed : .widened) : shrinks ? (forbids ? .widened : .narrowed) : .changed
    return field(name, change, list(from), list(to))
  }

  private static func list(_ words: Set<String>) -> String {
    words.isEmpty
      ? "nothing"
      : words.sorted().prefix(8).map { FieldReader.shortened($0) }.joined(separator: ", ")
        + (words.count > 8 ? ", …" : "")
  }

  /// Of two limits the higher is wider; nil is none at all.
  private static func limit<T: Comparable>(
    _ name: String, _ a: T?, _ b: T?, _ none: String, higherIsWider: Bool = true, _ show: (T) -> String
  ) -> [Field] {
    guard a != b else { return [] }
    let wider =
      switch (a, b) {
      case (_, nil): true;
      case (nil, _): false;
      case (let a?, let b?): (a < b) == higherIsWider
      }
    return field(name, wider ? .widened : .narrowed, a.map(show) ?? none, b.map(show) ?? none)
  }

  private static func step<T: Equatable>(
    _ name: String, _ a: T?, _ b: T?, _ order: [T?], _ show: (T) -> String
  ) -> [Field] {
    guard a != b, let i = order.firstIndex(of: a), let j = order.firstIndex(of: b) else { return [] }
    return field(name, i < j ? .widened : .narrowed, a.map(show) ?? "unstated", b.map(show) ?? "unstated")
  }

  package static func fields(_ a: Manifest.Grant, _ b: Manifest.Grant) -> [Field] {
    if a.faults.isEmpty, let fault = b.faults.first {
      return [Field(name: "fault", change: .withdrawn, from: "none", to: fault.sentence)]
    }
    if b.faults.isEmpty, let fault = a.faults.first {
      return [Field(name: "fault", change: .widened, from: fault.sentence, to: "none")]
    }
    var found =
      words("actions", a.actions, b.actions)
      + words("deny", a.deny.map(\.rawValue), b.deny.map(\.rawValue), forbids: true)
    found +=
      words("purpose", a.purpose, b.purpose, all: "any") + words("models", a.models, b.models, all: "any")
      + words("territory", a.territory, b.territory, all: "*")
    found += words("licensee", [a.licensee], [b.licensee], all: "any")
    if a.commercial != b.commercial {
      found += field("commercial", b.commercial ? .widened : .narrowed, String(a.commercial), String(b.commercial))
    }
    found += limit("max_exposures", a.maxExposures, b.maxExposures, "no cap") { String($0) }
    found += limit("valid.until", a.until, b.until, "open") { $0.description }
    found += limit("valid.from", a.from, b.from, "unstated", higherIsWider: false) { $0.description }
    found += step(
      "derivatives.weights", a.derivatives?.weights, b.derivatives?.weights, [nil, .private, .shareAlike, .open]
    ) { $0.rawValue }
    found += step(
      "derivatives.outputs", a.derivatives?.outputs, b.derivatives?.outputs, [nil, .internal, .attribution, .allowed]
    ) { $0.rawValue }
    found += step(
      "derivatives.likeness_outputs", a.derivatives?.likenessOutputs ?? .deny, b.derivatives?.likenessOutputs ?? .deny,
      [.deny, .allow]
    ) { $0.rawValue }
    found += limit("revocation.serial", a.revocation?.serial ?? 0, b.revocation?.serial ?? 0, "0", higherIsWider: false)
    { String($0) }
    let others: [(String, String, String)] = [
      ("basis", a.basis?.rawValue ?? "unstated", b.basis?.rawValue ?? "unstated"),
      ("compensation", show(a.compensation), show(b.compensation)), ("weight", String(a.weight), String(b.weight)),
      ("revocation", show(a.revocation), show(b.revocation)),
      ("attribution", a.attribution?.rawValue ?? "unstated", b.attribution?.rawValue ?? "unstated"),
      ("terms", a.terms ?? "unstated", b.terms ?? "unstated"),
      ("terms_sha256", a.termsSHA256 ?? "unstated", b.termsSHA256 ?? "unstated"),
    ]
    return found
      + others.filter { $0.1 != $0.2 }.map {
        Field(name: $0.0, change: .changed, from: FieldReader.shortened($0.1), to: FieldReader.shortened($0.2))
      }
  }

  private static func show(_ c: Manifest.Compensation?) -> String {
    c.map { [$0.model.rawValue, $0.rate, $0.currency, $0.pool, $0.payee].compactMap { $0 }.joined(separator: " ") }
      ?? "unstated"
  }

  private static func show(_ r: Manifest.Revocation?) -> String {
    r.map {
      ($0.allowed ? "allowed" : "not allowed") + ($0.effect.map { ", " + $0.rawValue } ?? "")
        + ($0.noticeDays.map { ", \($0) days' notice" } ?? "")
    } ?? "unstated"
  }

  /// People who were added, left out, or consent to something else.
  private static func people(_ a: [String], _ b: [String], _ old: Manifest, _ new: Manifest) -> [Field] {
    var found = words("likeness", a, b, forbids: true)
    for name in Set(a).intersection(b).sorted() {
      let
        (was, now) = (old.likenessByID[name].map { old.likeness[$0] }, new.likenessByID[name].map { new.likeness[$0] }),
        key = "likeness[\(FieldReader.shortened(name))]"
      switch (was, now) {
      case (nil, nil): continue
      case (.some, nil): found.append(Field(name: key, change: .narrowed, from: "consent", to: "none"))
      case (nil, .some): found.append(Field(name: key, change: .widened, from: "none", to: "consent"))
      case (let x?, let y?):
        found +=
          words(key + ".uses", x.uses, y.uses)
          + limit(key + ".expires", x.expires, y.expires, "unstated") { $0.description }
        if x.signer != y.signer {
          found.append(
            Field(
              name: key + ".signer", change: .changed, from: FieldReader.shortened(x.signer ?? "none"),
              to: FieldReader.shortened(y.signer ?? "none")))
        }
      }
    }
    return found
  }
}

extension ManifestDiff {
  public var text: String {
    var lines =
      ["version \(old.version) (\(old.sha256.prefix(12))…) to version \(new.version) (\(new.sha256.prefix(12))…)"]
      + notes.map { "note: \($0)" }
    for row in rows {
      let clips =
        row.clips.count <= 3
        ? row.clips.map { FieldReader.shortened($0) }.joined(separator: ", ")
        : "\(row.clips.count) clips (\(row.clips.prefix(3).map { FieldReader.shortened($0) }.joined(separator: ", ")), …)"
      lines.append("\(row.change.rawValue): grant '\(FieldReader.shortened(row.grant))' for \(clips): \(row.why)")
      lines += row.fields.map { "    \($0.name): \($0.from) → \($0.to) (\($0.change.rawValue))" }
    }
    if rows.isEmpty { lines.append("every clip is granted as it was") }
    let counts = Change.allCases.compactMap { change -> String? in
      let n = rows.filter { $0.change == change }.reduce(0) { $0 + $1.clips.count }
      return n > 0 ? "\(n) \(change.rawValue)" : nil
    }
    return (lines + (counts.isEmpty ? [] : ["by clip and grant: " + counts.joined(separator: ", ")])).joined(
      separator: "\n")
  }

  public var value: Value {
    func side(_ m: Manifest) -> Value {
      ["id": .string(m.id), "version": Value(m.version), "sha256": .string(m.sha256)]
    }
    return [
      "old": side(old), "new": side(new), "notes": .texts(notes),
      "changes": .array(
        rows.map { row in
          [
            "change": .string(row.change.rawValue), "grant": .string(row.grant), "why": .string(row.why),
            "clips": .texts(row.clips),
            "fields": .array(
              row.fields.map {
                [
                  "field": .string($0.name), "change": .string($0.change.rawValue), "from": .string($0.from),
                  "to": .string($0.to),
                ]
              }),
          ]
        }),
    ]
  }
}

/// Frames models have seen under each grant, as ledgers tell it; what `max_exposures` is held against.
///
/// A cap is on footage, not on a name: what is counted goes by the hash of the frames that were seen and by the content
/// of the manifest's entry that admitted them, so copies, renamed files and windows cut from one film share a cap.
public struct Exposures: Sendable, Equatable {
  /// One clip's use under one grant, as a ledger knows it.
  public struct Use: Hashable, Sendable {
    public let licensor: String, grant: String, clip: String
    /// SHA-256 of the clip's frames; empty in a ledger that does not say.
    public let frames: String
    /// Content of the entry that admitted it, where that is not the clip's own frames: SHA-256 of the source's frames
    /// or file. Empty where the ledger does not say.
    public let source: String

    public init(licensor: String, grant: String, clip: String, frames: String = "", source: String = "") {
      (self.licensor, self.grant, self.clip, self.frames, self.source) = (licensor, grant, clip, frames, source)
    }
  }

  /// All that one entry of a manifest stands for: its own content, and that of the clips it admits.
  public struct Footage: Sendable, Equatable {
    public var hashes: Set<String>
    /// For uses by ledgers that knew names alone.
    public var names: Set<String>

    public init(hashes: Set<String>, names: Set<String>) {
      (self.hashes, self.names) = (hashes, names)
    }
  }

  public private(set) var seen: [Use: Int] = [:]

  public init() {}

  /// Adds frames; a sum past Int's range stays at the top, which refuses.
  public mutating func add(_ frames: Int, _ use: Use) {
    let (sum, overflow) = seen[use, default: 0].addingReportingOverflow(frames)
    seen[use] = overflow ? .max : sum
  }

  public mutating func merge(_ other: Exposures) {
    for (use, frames) in other.seen { add(frames, use) }
  }

  /// Takes the larger of both counts, use by use: what a run in progress has seen, or what it has reserved.
  public func raised(to other: Exposures) -> Exposures {
    var sum = self
    for (use, frames) in other.seen { sum.seen[use] = max(frames, seen[use] ?? 0) }
    return sum
  }

  /// Ready to be asked of many clips.
  public var index: Index { Index(self) }

  /// Uses by grant and content.
  public struct Index: Sendable {
    private struct Grant: Hashable { let licensor: String, grant: String }
    private var uses: [(use: Use, frames: Int)] = []
    private var byHash: [Grant: [String: [Int]]] = [:]
    private var byName: [Grant: [String: [Int]]] = [:]

    fileprivate init(_ exposures: Exposures) {
      for (use, frames) in exposures.seen {
        let grant = Grant(licensor: use.licensor, grant: use.grant), place = uses.count
        uses.append((use, frames))
        for hash in Set([use.frames, use.source]) where !hash.isEmpty {
          byHash[grant, default: [:]][hash, default: []].append(place)
        }
        if use.frames.isEmpty { byName[grant, default: [:]][use.clip, default: []].append(place) }
      }
    }

    /// Frames of some footage seen under a grant, each use once.
    public func seen(_ footage: Footage, licensor: String, grant: String) -> Int {
      guard !uses.isEmpty else { return 0 }
      let grant = Grant(licensor: licensor, grant: grant)
      var places: Set<Int> = []
      if let known = byHash[grant] { for hash in footage.hashes { places.formUnion(known[hash] ?? []) } }
      if let known = byName[grant] { for name in footage.names { places.formUnion(known[name] ?? []) } }
      return places.reduce(0) { sum, place in
        let (total, overflow) = sum.addingReportingOverflow(uses[place].frames)
        return overflow ? .max : total
      }
    }
  }
}

import Files
import Foundation

/// Whose signatures are believed and what was taken back: everything a decision needs besides manifest, clip and
/// request.
public struct ConsentPolicy: Sendable, Equatable {
  public var trust: Trust
  public var revocations: [RevocationList]
  /// Lists that were taken for a manifest when they were seen, by `versionKey`: they count whoever is believed now.
  package var remembered: [String: [RevocationList]] = [:]
  /// This machine's own key for what it imports.
  package var importers: Set<String> = []
  /// Statements of where clips come from that this machine has seen to be true, by hash.
  package var proven: Set<String> = []
  /// The highest version known of each manifest, by `versionKey`.
  public var newest: [String: Int]

  public init(trust: Trust = .none, revocations: [RevocationList] = [], newest: [String: Int] = [:]) {
    (self.trust, self.revocations, self.newest) = (trust, revocations, newest)
  }

  /// Trusts no key: signed manifests are refused, unsigned ones are taken by the bases a request lists.
  public static let none = ConsentPolicy()

  /// Takes a statement of where a clip comes from for true: this process has just made the clip.
  package mutating func believe(_ origin: Value) {
    if let hash = DerivationStatement.sha256(origin) { proven.insert(hash) }
  }

  /// A manifest goes by its licensor and its id: another licensor's of the same id is another manifest.
  static func versionKey(_ manifest: Manifest) -> String { manifest.licensor.id + "\u{0}" + manifest.id }

  /// - Parameter time: the decision's clock.
  public func assurance(of manifest: Manifest, at time: Moment) -> Assurance {
    Assurance(
      of: manifest, trust: trust, revocations: revocations.filter { $0.manifest == manifest.id },
      remembered: remembered[Self.versionKey(manifest)] ?? [], newest: newest[Self.versionKey(manifest)],
      importers: importers, proven: proven, at: time)
  }
}

extension ConsentPolicy {
  /// Where a person's own trust file is, in their home folder.
  public static let trustFile = "trust.json"

  /// Reads the policy for a piece of work and the manifests it uses.
  ///
  /// - Parameters:
  ///   - trust: the trust file; nil takes the home folder's, if there is one.
  ///   - revocations: lists given by hand. Others seen before are remembered in the home folder and hold without being
  ///     given.
  ///   - manifests: what the work uses. A list for none of them is a mistake somebody should hear of.
  ///   - home: nil remembers nothing.
  /// - Throws: `Problem` for a file that cannot be read whole, a home folder that cannot be read and written, a list
  ///   for
  ///   another manifest, one older than a list seen before, and two lists that share a serial and differ.
  public init(
    trust: String?, revocations: [String], for manifests: [Manifest], home: HomeFolder?, at time: Moment = .now()
  ) throws {
    let memory = home.map { ConsentMemory($0) }
    try memory?.requireUsable()
    let usual = try home.flatMap { try $0.holds(Self.trustFile) ? $0.file(Self.trustFile) : nil }
    self.init(trust: try (trust ?? usual).map { try Trust(path: $0) } ?? .none)
    if let home, try home.holds("keys/\(KeyRing.importer).pem") {
      importers = [try KeyRing(home).open(KeyRing.importer).did]
    }
    proven = try memory?.derivations() ?? []
    for path in revocations {
      let list = try RevocationList(path: path)
      let named = manifests.filter { $0.id == list.manifest }
      guard !named.isEmpty else {
        throw Problem(
          "this revocation list is for another manifest", at: path,
          expected: "a list for " + manifests.map { FieldReader.shortened($0.id) }.joined(separator: " or "),
          fix: "its manifest is '\(FieldReader.shortened(list.manifest))'; give the list that belongs to yours")
      }
      let one = ConsentPolicy(trust: self.trust, revocations: [list])
      let faults = named.map { one.assurance(of: $0, at: time).faults.first { $0.code == .revocationNotTheirs } }
      if !faults.contains(nil), let fault = faults[0] { throw Problem(fault.sentence, at: path, fix: fault.fix) }
      let accepted = zip(named, faults).filter { $1 == nil }.map(\.0)
      try memory?.remember(list, for: accepted, at: path)
      self.revocations.append(list)
    }
    let given = Set(self.revocations.map { ConsentMemory.key($0.issuer, $0.manifest) })
    for manifest in manifests {
      let known = try memory?.issuers(for: manifest) ?? []
      for issuer in Assurance.issuers(for: manifest, self.trust).union(known).sorted()
      where !given.contains(ConsentMemory.key(issuer, manifest.id)) {
        let list = try memory?.list(issuer, manifest.id)
        if known.contains(issuer) {
          guard let list else {
            throw Problem(
              "a revocation list by \(FieldReader.shortened(issuer)) was seen for the manifest and is gone",
              at: memory?.home.file("seen/revocations"), fix: "get the list again, and give it with --revocations")
          }
          remembered[Self.versionKey(manifest), default: []].append(list)
        } else if let list, !self.revocations.contains(list) {
          self.revocations.append(list)
        }
      }
    }
    try remember(manifests, memory, at: time)
  }

  /// Versions: of the manifests at hand the newest counts; what a trusted key signed is remembered.
  private mutating func remember(_ manifests: [Manifest], _ memory: ConsentMemory?, at time: Moment) throws {
    for manifest in manifests {
      let key = Self.versionKey(manifest), known = try memory?.version(manifest) ?? 0
      newest[key] = max(newest[key] ?? 0, max(known, manifest.version))
      let assurance = Assurance(of: manifest, trust: trust, at: time)
      if manifest.version > known, assurance.signer != nil, assurance.faults.isEmpty, manifest.faults.isEmpty {
        try memory?.remember(manifest)
      }
    }
  }
}

import Consent
import Files

/// What a grant asks for its clips' use, as the manifest the ledger names says it.
public struct RoyaltyTerms: Sendable, Equatable {
  /// How a line comes to its amount.
  public enum Kind: String, Sendable, CaseIterable {
    /// The grant says `royalty-share`: a part of the pool.
    case royaltyShare = "royalty-share"
    /// The grant says nothing of compensation: silence is no waiver, so it shares in the pool too.
    case notStated = "not-stated"
    /// The rate times frames seen, beside the pool.
    case perExposure = "per-exposure"
    /// The rate, once a grant, beside the pool.
    case flat
    /// The grant waives compensation.
    case none
    /// It shares in a pool of another name, or says nothing where only those who say so share.
    case leftOut = "left-out"

    package var shares: Bool { self == .royaltyShare || self == .notStated }
  }

  public let kind: Kind
  /// The grant's part in a pool, beside frames.
  public let weight: UInt64
  /// As written in the manifest; nil where it counts for nothing.
  public let rate: String?
  public let payee: String?
  public let licensorName: String?
}

/// The pool to be shared, and who shares in it.
public struct RoyaltyPool: Sendable, Equatable {
  public let money: Money
  /// Only grants whose `compensation.pool` is this share; nil takes every grant, as long as they name one pool at most.
  public let name: String?
  /// Leaves out grants that say nothing of compensation.
  public let onlyStated: Bool

  public init(_ money: Money, name: String? = nil, onlyStated: Bool = false) {
    (self.money, self.name, self.onlyStated) = (money, name, onlyStated)
  }

  /// Terms of each (manifest, grant) that was used.
  /// - Parameter manifests: by the hash the ledger names.
  /// - Throws: `Problem` listing everything that is missing or does not fit: manifests, grants, rates, currencies,
  ///   pools.
  package func terms(_ used: Set<LedgerUsage.Key>, _ manifests: [String: Manifest]) throws -> [GrantKey: RoyaltyTerms] {
    var found: [GrantKey: RoyaltyTerms] = [:], wrong: Set<String> = [], missing: Set<String> = [],
      pools: Set<String> = []
    for key in Set(used.map(GrantKey.init)) {
      guard let manifest = manifests[key.manifest] else { missing.insert(key.manifest); continue }
      let name = "grant '\(FieldReader.shortened(key.grant))' of \(FieldReader.shortened(key.licensor))"
      guard let grant = manifest.grant(key.grant), manifest.licensor.id == key.licensor else {
        wrong.insert("the manifest \(key.manifest.prefix(12))… has no \(name), which the ledger names")
        continue
      }
      let terms = terms(grant, manifest)
      if terms.kind.shares, let pool = grant.compensation?.pool { pools.insert(pool) }
      wrong.formUnion(faults(grant, terms, name))
      found[key] = terms
    }
    if !missing.isEmpty {
      throw Problem(
        "the manifest\(missing.count == 1 ? "" : "s") training went by \(missing.count == 1 ? "is" : "are") not at hand, so what the grants ask cannot be read: SHA-256 "
          + missing.sorted().joined(separator: ", "),
        fix:
          "name the files with --manifest; an export of the run has copies (optin.json). A manifest that was changed since is another manifest"
      )
    }
    if name == nil, pools.count > 1 {
      wrong.insert(
        "the grants share in different pools (\(pools.sorted().map { "'\(FieldReader.shortened($0))'" }.joined(separator: ", "))): name one with --pool-name"
      )
    }
    guard wrong.isEmpty else {
      throw Problem(
        wrong.count == 1
          ? wrong.first!
          : "\(wrong.count) things stand in the way:\n" + wrong.sorted().map { "  - \($0)" }.joined(separator: "\n"),
        fix: "ask the licensor for a corrected manifest, or pay this grant by hand")
    }
    return found
  }

  private func terms(_ grant: Manifest.Grant, _ manifest: Manifest) -> RoyaltyTerms {
    var kind: RoyaltyTerms.Kind =
      switch grant.compensation?.model {
      case nil: onlyStated ? .leftOut : .notStated
      case .none?: .none
      case .flat?: .flat
      case .perExposure?: .perExposure
      case .royaltyShare?: .royaltyShare
      }
    if kind.shares, let name, grant.compensation?.pool.map({ $0 != name }) ?? (kind == .notStated) { kind = .leftOut }
    return RoyaltyTerms(
      kind: kind, weight: UInt64(clamping: grant.weight),
      rate: kind == .flat || kind == .perExposure ? grant.compensation?.rate : nil,
      payee: grant.compensation?.payee, licensorName: manifest.licensor.name)
  }

  private func faults(_ grant: Manifest.Grant, _ terms: RoyaltyTerms, _ name: String) -> [String] {
    guard terms.kind != .none, terms.kind != .leftOut else { return [] }
    var faults: [String] = []
    if let other = grant.compensation?.currency, other != money.currency.code {
      faults.append(
        "\(name) is paid in \(FieldReader.shortened(other)), the pool is in \(money.currency): make a statement for each currency, or agree on a rate and pay it by hand"
      )
    }
    guard terms.kind == .flat || terms.kind == .perExposure else { return faults }
    if grant.compensation?.currency == nil {
      faults.append("\(name) states a rate (\(terms.kind.rawValue)) in no currency")
    }
    if terms.rate.flatMap(ExactDecimal.init) == nil {
      faults.append("\(name) says \(terms.kind.rawValue) and states no rate, or one of more than 18 digits")
    }
    return faults
  }
}

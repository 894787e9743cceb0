import Consent
import Files
import Foundation

/// Where a user keeps whose word counts: a trust file, and the revocation lists they were sent.
public struct ConsentFiles: Sendable, Equatable {
  /// nil takes the home folder's `trust.json`, if it is there.
  public var trust: String?
  public var revocations: [String]

  public init(trust: String? = nil, revocations: [String] = []) {
    (self.trust, self.revocations) = (trust, revocations)
  }

  /// - Parameter home: where lists and versions seen are remembered; nil takes this person's own.
  /// - Throws: `Problem` when the environment names no home folder: what was revoked before would be forgotten.
  public func policy(for manifests: [Manifest], home: HomeFolder? = nil) throws -> ConsentPolicy {
    try ConsentPolicy(
      trust: trust, revocations: revocations, for: manifests,
      home: home ?? HomeFolder(environment: ProcessInfo.processInfo.environment))
  }
}

extension HomeFolder {
  /// This person's, by the environment; nil when it names no home.
  public static var own: HomeFolder? { try? HomeFolder(environment: ProcessInfo.processInfo.environment) }
}

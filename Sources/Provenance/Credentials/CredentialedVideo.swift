import Clips
import Credentials
import Files
import Foundation
import Frames
import Media
import Runs

/// The one way the product writes MP4: coded aside, signed into its place. Without a signature there is no video.
public struct CredentialedVideo: Sendable {
  private let signer: Signer
  private let trust: TrustRoots
  private let origin: CredentialOrigin

  /// Opens the signing key, or issues one: before anything is computed that could not be signed.
  /// - Throws: `Problem` when there is no home for keys, others can read the key, the clock is wrong or the certificate
  ///   is no good.
  public init(_ origin: CredentialOrigin, home: HomeFolder? = .own) throws {
    let folder = try CredentialsFolder.required(home)
    (self.origin, signer) = (origin, try folder.signer())
    trust = try folder.trust()
  }

  /// - Parameters:
  ///   - source: generated whole, or over other footage.
  ///   - footage: what the video goes on from.
  ///   - facts: for our own assertion, such as seed and sampler.
  public func write(
    _ frames: Frames, to path: String, options: VideoWriter.Options, source: Credential.Source,
    footage: [Ingredient] = [], facts: [Value.Field]
  ) throws {
    // A folder, since what a killed call leaves of one is swept by the next call for the same name.
    let name = (path as NSString).lastPathComponent, work = try AsideFolder(Disk.absolute(path))
    defer { work.discard() }
    let aside = work.aside + "/unsigned.mp4"
    do { try VideoWriter.write(frames, to: aside, options: options) } catch var problem as Problem {
      // The reader knows the place by its own name.
      problem.place = problem.place?.replacingOccurrences(of: aside, with: path)
      throw problem
    }
    let credential = Credential(
      title: name, format: "video/mp4", generator: Build.generator, source: source,
      ingredients: [origin.modelIngredient] + origin.trainingIngredients + footage,
      assertions: [TrainingMining.withheld, origin.assertion(facts + [.init("frames", Value(frames.count))])])
    try Embedder.sign(aside, to: path, credential, by: signer, trust: trust)
  }

  /// Footage a sample begins with; a file's own credentials are carried along.
  public func ingredient(_ given: Conditioning) throws -> Ingredient {
    let frames = "the first \(given.count) frames are taken from it"
    switch given.source {
    case .clip(let path, let id):
      return Ingredient(
        "\((path as NSString).lastPathComponent) \(id)", .componentOf,
        instanceID: "urn:sha256:" + given.admission.framesSHA256, description: frames + "; the hash is of its frames")
    case .video(let path), .image(let path):
      // The file that was decoded, not what its path means by now.
      let file = try given.file ?? OpenedFile(path), carried = try Ingredient.Carried(file, trust: trust, now: Date())
      return Ingredient(
        (path as NSString).lastPathComponent, .componentOf,
        instanceID: "urn:sha256:" + (try file.sha256()), description: frames, carried: carried)
    }
  }
}

extension CredentialsFolder {
  package static func required(_ home: HomeFolder?) throws -> CredentialsFolder {
    if let home { return CredentialsFolder(home) }
    // Says why there is none.
    return CredentialsFolder(try HomeFolder(environment: ProcessInfo.processInfo.environment))
  }

  /// The local root alone, where there is one.
  package func trust() throws -> TrustRoots { Disk.exists(rootPath) ? try TrustRoots(path: rootPath) : .none }
}

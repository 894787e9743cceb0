import Files
import Media

extension Manifest {
  /// What a manifest says of one clip it lists.
  public struct ListedClip: Sendable {
    public var id: String
    public var framesSHA256: String
    public var width: Int
    public var height: Int
    public var frames: Int
    /// "24/1".
    public var fps: String

    public init(id: String, framesSHA256: String, width: Int, height: Int, frames: Int, fps: String) {
      self.id = id
      self.framesSHA256 = framesSHA256
      self.width = width
      self.height = height
      self.frames = frames
      self.fps = fps
    }

    /// Every clip of a dataset, by the hashes its file lists.
    public static func all(of dataset: Dataset) -> [ListedClip] {
      dataset.clips.map {
        ListedClip(id: $0.id, framesSHA256: $0.framesSHA256, width: dataset.width, height: dataset.height, frames: $0.frames, fps: dataset.fps.description)
      }
    }
  }

  /// A manifest for clips the caller made: one grant, `own`, to anybody, anywhere, for the actions and purposes named.
  ///
  /// Until `signed` it is self-declared, so an experiment uses it only when it lists the basis: `consent: {unsigned: [own-work]}`.
  /// - Parameter id: derived from the clips' hashes when nil, so that the same clips make the same manifest.
  public static func ownWork(
    id: String? = nil, licensor: String, name: String? = nil, clips: [ListedClip], actions: [Action] = [.fineTune, .evaluate],
    purpose: [String] = ["research"], commercial: Bool = false, issued: Moment = .now(), until: Moment? = nil
  ) throws -> Manifest {
    let grant: Value = .object([
      .init("id", "own"), .init("basis", .string(Basis.ownWork.rawValue)), .init("licensee", "any"),
      .init("actions", .texts(actions.map(\.rawValue))), .init("deny", []), .init("purpose", .texts(purpose)), .init("commercial", .bool(commercial)),
      .init("derivatives", ["weights": "open", "outputs": "allowed", "likeness_outputs": "deny"]),
      .init("models", ["any"]), .init("territory", ["*"]),
      .init("valid", .object([.init("from", .string(issued.description)), .init("until", Value(until?.description))])),
    ])
    return try Manifest(document(id: id, licensor: licensor, name: name, clips: clips, grants: [grant], issued: issued), at: "own-work manifest")
  }

  /// A manifest that lists a dataset's clips and grants nothing: the form a licensor fills in (`orrery consent init`).
  /// - Throws: `Problem` when a clip has no hash: a name alone cannot be granted.
  public static func draft(for dataset: Dataset, licensor: String, issued: Moment = .now()) throws -> Manifest {
    if let bare = dataset.clips.first(where: { Hex.sha256($0.framesSHA256) == nil }) {
      throw Problem("the dataset has no frames_sha256 for the clip '\(bare.id)'", at: dataset.path, fix: "import it again with 'orrery dataset import', which writes the hashes")
    }
    return try draft(licensor: licensor, clips: ListedClip.all(of: dataset), issued: issued)
  }

  /// The same for clips listed by hand.
  public static func draft(licensor: String, clips: [ListedClip], issued: Moment = .now()) throws -> Manifest {
    try Manifest(document(id: nil, licensor: licensor, name: nil, clips: clips, grants: [], issued: issued), at: "draft manifest")
  }

  private static func document(id: String?, licensor: String, name: String?, clips: [ListedClip], grants: [Value], issued: Moment) -> Value {
    let names = grants.compactMap { $0["id"] }
    let assets = clips.map { clip -> Value in
      .object([
        .init("clip", .string(clip.id)), .init("content", .object([.init("frames_sha256", .string(clip.framesSHA256))])),
        .init("media", .object([
          .init("width", Value(clip.width)), .init("height", Value(clip.height)), .init("frames", Value(clip.frames)), .init("fps", .string(clip.fps)),
        ])),
        .init("grants", .array(names)), .init("likeness", []),
      ])
    }
    let content = Hashing.sha256(clips.map { "\($0.id)\u{0}\($0.framesSHA256)\n" }.joined())
    var who: [Value.Field] = [.init("id", .string(licensor))]
    if let name { who.append(.init("name", .string(name))) }
    who.append(.init("role", .string(LicensorRole.rightsholder.rawValue)))
    return .object([
      .init("schema", .string(schema)), .init("id", .string(id ?? "urn:sha256:" + content)), .init("version", 1),
      .init("issued", .string(issued.description)), .init("default", "deny"), .init("licensor", .object(who)),
      .init("assets", .array(assets)), .init("grants", .array(grants)), .init("likeness", []), .init("signatures", []),
    ])
  }
}

extension Value {
  static func texts(_ items: [String]) -> Value { .array(items.map { .string($0) }) }
}

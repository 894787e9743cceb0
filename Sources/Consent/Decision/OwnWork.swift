import Files
import Frames

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
    /// What it has beside its frames; nil lists nothing of it.
    public var conditioning: ClipConditioning?

    public init(
      id: String, framesSHA256: String, width: Int, height: Int, frames: Int, fps: String,
      conditioning: ClipConditioning? = nil
    ) {
      self.id = id
      self.framesSHA256 = framesSHA256
      self.width = width
      self.height = height
      self.frames = frames
      self.fps = fps
      self.conditioning = conditioning
    }
  }

  /// A manifest for clips the caller made: one grant, `own`, to anybody, anywhere, for the actions and purposes named.
  ///
  /// Until `signed` it is self-declared, so an experiment uses it only when it lists the basis: `consent: {unsigned:
  /// [own-work]}`.
  /// - Parameter id: derived from the clips' hashes when nil, so that the same clips make the same manifest.
  public static func ownWork(
    id: String? = nil, licensor: String, name: String? = nil, clips: [ListedClip],
    actions: [Action] = [.fineTune, .evaluate],
    purpose: [String] = ["research"], commercial: Bool = false, issued: Moment = .now(), until: Moment? = nil
  ) throws -> Manifest {
    let grant: Value = .object([
      .init("id", "own"), .init("basis", .string(Basis.ownWork.rawValue)), .init("licensee", "any"),
      .init("actions", .texts(actions.map(\.rawValue))), .init("deny", []), .init("purpose", .texts(purpose)),
      .init("commercial", .bool(commercial)),
      .init("derivatives", ["weights": "open", "outputs": "allowed", "likeness_outputs": "deny"]),
      .init("models", ["any"]), .init("territory", ["*"]),
      .init("valid", .object([.init("from", .string(issued.description)), .init("until", Value(until?.description))])),
    ])
    return try Manifest(
      document(id: id, licensor: licensor, name: name, clips: clips, grants: [grant], issued: issued),
      at: "own-work manifest")
  }

  /// A manifest that lists clips and grants nothing: the form a licensor fills in (`orrery consent init`).
  public static func draft(licensor: String, clips: [ListedClip], issued: Moment = .now()) throws -> Manifest {
    try Manifest(
      document(id: nil, licensor: licensor, name: nil, clips: clips, grants: [], issued: issued), at: "draft manifest")
  }

  private static func document(
    id: String?, licensor: String, name: String?, clips: [ListedClip], grants: [Value], issued: Moment
  ) -> Value {
    let names = grants.compactMap { $0["id"] }
    let assets = clips.map { clip -> Value in
      var content: Value = ["frames_sha256": .string(clip.framesSHA256)]
      if let conditioning = clip.conditioning { content.set("conditioning", conditioning.value) }
      return .object([
        .init("clip", .string(clip.id)), .init("content", content),
        .init(
          "media",
          .object([
            .init("width", Value(clip.width)), .init("height", Value(clip.height)), .init("frames", Value(clip.frames)),
            .init("fps", .string(clip.fps)),
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

extension ClipConditioning {
  /// `{caption: …, fps: …}`.
  package var value: Value { .object(parts.map { .init($0.rawValue, Value(values[$0])) }) }
}

extension Value {
  package static func texts(_ items: [String]) -> Value { .array(items.map { .string($0) }) }
}

import Files
import Nets
import Tensors

/// The weights of what takes actions, beside a transformer of the family: `action_embedder/config.json` says what an
/// action is, and `diffusion_pytorch_model.safetensors` holds `<space>.linear_1.weight` and `<space>.linear_2.weight`.
/// Programs that do not know actions load the transformer without it.
public enum ActionEmbedderFolder {
  public static let name = WorldTransformer.actionEmbedder
  private static let prefix = name + "."

  /// Whether a weight of a model with actions is of this part.
  package static func holds(_ weight: String) -> Bool { weight.hasPrefix(prefix) }

  /// A weight's name here; nil when it is of the transformer.
  package static func own(_ weight: String) -> String? {
    holds(weight) ? String(weight.dropFirst(prefix.count)) : nil
  }

  /// The part alone: zeros, until it is read.
  package static func parameters(_ inputs: [ActionInput], width: Int, on compute: Compute) -> Parameters {
    Parameters(on: compute) { scope in
      for input in inputs { _ = ActionEmbedder(scope.added[name][input.name], inputs: input.width, width: width) }
    }
  }

  /// Each weight of the part by its name in a model, and its shape.
  package static func shapes(_ inputs: [ActionInput], width: Int) -> [(name: String, shape: [Int])] {
    inputs.flatMap { input in
      [
        (prefix + input.name + ".linear_1.weight", [width, input.width]),
        (prefix + input.name + ".linear_2.weight", [width, width]),
      ]
    }
  }

  /// The file of its weights.
  package static func weights(_ folder: String) -> String { folder + "/" + ModelFolder.weightsName }

  /// - Parameters:
  ///   - spaces: what an action is.
  ///   - framesPerGroup: frames whose actions go into one vector.
  ///   - parameters: of the whole model.
  package static func write(
    _ spaces: [ActionSpace], framesPerGroup: Int, _ parameters: Parameters, metadata: [(String, String)],
    to folder: String
  ) throws {
    try Disk.makeFolder(folder)
    try Disk.write(JSON.pretty(config(spaces, framesPerGroup)), to: folder + "/config.json")
    try parameters.write(metadata: metadata, to: folder + "/" + ModelFolder.weightsName) { own($0) }
  }

  /// Reads it into a model's parameters.
  package static func load(_ folder: String, into parameters: Parameters) throws {
    try parameters.load(Safetensors(path: weights(folder))) { own($0) }
  }

  /// - Throws: `Problem` when its `config.json` says something else of what an action is.
  package static func require(_ spaces: [ActionSpace], framesPerGroup: Int, in folder: String) throws {
    let place = folder + "/config.json", stated = try JSON.parse([UInt8](Disk.read(place)), at: place),
      meant = config(spaces, framesPerGroup)
    for key in ["actions", "alignment", "frames_per_group"] where stated[key] != meant[key] {
      throw Problem(
        "'\(key)' is not what the model beside it says", at: place, expected: JSON.line(meant[key] ?? .null),
        fix: "export the run again: one of the two was changed")
    }
  }

  /// That a file has the part's weights in their shapes, before room is made for them.
  /// - Parameter name: of a model's weight in the file.
  /// - Throws: `Problem` naming the first that it lacks.
  package static func require(
    _ inputs: [ActionInput], width: Int, in file: Safetensors, _ name: (String) -> String = { own($0) ?? $0 }
  ) throws {
    for (weight, shape) in shapes(inputs, width: width) where file.entry(name(weight))?.shape != shape {
      let found = file.entry(name(weight)).map { "is \(Shape($0.shape))" } ?? "is missing"
      throw Problem(
        "'\(name(weight))' \(found)", at: file.path, expected: "\(Shape(shape)), as the model asks",
        fix: "restore the folder, or export the run again")
    }
  }

  /// How another program makes of actions what is added to the time embedding.
  private static func config(_ spaces: [ActionSpace], _ framesPerGroup: Int) -> Value {
    [
      "actions": .array(spaces.map { ActionSpace.section.value($0) }), "alignment": .string(ActionSpace.convention),
      "frames_per_group": Value(framesPerGroup),
      "inputs":
        "a group of latent frames: for each of its frames, in order, the columns of the row that led to it, then 1 and 0; where there is none zeros, then 0 and 1; groups of fewer frames have them at their end",
      "columns":
        "continuous: 2(x - low)/(high - low) - 1, not cut, 0 where low is high; binary: x; discrete: one of `classes`",
      "added_to": "the time embedding of the group's tokens, before time_proj: linear_2(silu(linear_1(inputs)))",
    ]
  }
}

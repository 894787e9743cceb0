import Diffusion
import Files
import Models

/// The keys of an experiment: what is read, written, hashed and documented. The keys a run's hash is taken of stand in
/// it in this order, so a key is never moved. One that comes later is `hashed: .whenNotDefault`: runs made before it
/// keep their hash.
extension Experiment: DocumentSection {
  package static let section = Section(Experiment()) {
    Field("name", \.name, .text.required, hashed: .never, "names the run's folder: `<name>-<hash8>`")
    Field("seed", \.seed, .integer(in: 0...Int(Int32.max)), "key of all randomness")
    Field(
      "data", \.data, .sections(expected: "a list of {path: FILE.h5}"), hashed: .never,
      "datasets; their contents are hashed, wherever they lie")
    Field(
      "window", \.window, .integer(in: 1...100_000), unit: "frames",
      "length of a sample; a multiple of `codec.time` × `model.patch[0]`")
    Field(
      "stride", \.stride, .integer(in: 1...100_000), unit: "frames", "between the starts of windows",
      default: "window", from: { $0.window })
    Field("consent", \.consent, .section, "what the gate is asked")
    Field(
      "from", \.from, .optional(.path), hashed: .never,
      "a run, an export or a diffusers transformer folder to start from; its weights are hashed", default: "scratch")
    Field("model", \.model, .section, "the transformer's size")
    Field("codec", \.codec, .section, "between pixels and latents, without training")
    Field("objective", \.objective, .section, "what the network learns to predict")
    Field("levels", \.levels, .section, "how training draws noise levels σ")
    Field("text", \.captions, .section, "how captions become vectors; a dataset's `text_embedding` wins")
    Field("train", \.training, .section, "the optimisation")
    Field("record", \.recording, .section, hashed: .never, "what is looked at, drawn and kept on the way")
    Field(
      "evaluate", \.evaluations, .sections(), hashed: .never, written: .whenNotDefault,
      "suites and held-out clips looked at during training, each at its own cadence; docs/BENCH.md")
    Field("sampler", \.sampler, .section, hashed: .never, "how sample sheets and bench draw")
    Field("energy", \.energy, .section, hashed: .never, "how energy and CO2e are told")
    Field(
      "lora", \.lora, .optional(.sectionIfThere), hashed: .whenNotDefault, written: .whenNotDefault,
      "train low-rank adapters beside the weights of `from`, which are read where they lie and stay as they are",
      default: "all weights are trained")
    Field(
      "picture", \.pictures, .section, hashed: .whenNotDefault, written: .whenNotDefault,
      "what a base that takes pictures beside the noise (image-to-video, FLF2V) is given of them")
    Field(
      "memory", \.memory, .section, hashed: .never, written: .whenNotDefault,
      "how memory is spent on weights that are only read")
    Field(
      "kind", \.kind, .choice, hashed: .whenNotDefault, written: .whenNotDefault,
      "what is trained; docs/AUTOENCODER.md has the second")
    Field(
      "autoencoder", \.autoencoder, .optional(.sectionIfThere), hashed: .whenNotDefault, written: .whenNotDefault,
      "kind autoencoder: its size and its losses", default: "of that kind, the defaults below")
    Field(
      "actions", \.actions, .optional(.sectionIfThere), hashed: .whenNotDefault, written: .whenNotDefault,
      "train on the data's actions; docs/ACTIONS.md", default: "they are not looked at")
  } rules: { e, f in
    if e.kind == .autoencoder, e.autoencoder == nil { e.autoencoder = Autoencoder() }
    e.complainOfKind(to: f)
    e.complainOfMisfits(to: f)
  }

  /// Every key with its path, for the table of keys and for hints.
  package static let keys = section.rows()

  /// The same as a Markdown table; experiments/README.md has it.
  package static var keyTable: String { KeyRow.markdown(keys) }

  /// A JSON Schema (draft 2020-12) of an experiment, for editors.
  package static var schema: Value {
    let head: [Value.Field] = [
      .init("$schema", "https://json-schema.org/draft/2020-12/schema"), .init("title", "An experiment of orrery"),
    ]
    return .object(head + (section.schema.fields ?? []))
  }

  /// Rules between keys of several sections, and what a name may be.
  private func complainOfMisfits(to f: StrictFields) {
    if Set(evaluations.map(\.name)).count < evaluations.count {
      f.complain("two entries of evaluate have the same name")
    }
    for (i, source) in data.enumerated() {
      guard let space = source.actions else { continue }
      if actions == nil {
        f.complain("data[\(i)].actions names '\(space)', and the experiment has no section `actions`")
      } else if !ActionSpace.isName(space) {
        f.complain("data[\(i)].actions is '\(space)'; it names files: lower-case letters, digits, - and _")
      }
    }
    if lora != nil, from == nil {
      f.complain("lora adapts the weights of `from`, and there is no `from`")
    }
    if f.has("name"), name.isEmpty || name.contains("/") || name.hasPrefix(".") {
      f.complain("name is '\(name)'; it becomes a folder's name, so not empty, no '/' and no leading '.'")
    } else if let fault = VisibleName.fault(name) {
      f.complain("name holds \(fault); it is to be read as it is written")
    }
    guard kind == .worldModel else { return }
    let group = codec.time * model.patch[0]
    // What a causal codec takes is known once its autoencoder was looked at.
    if !codec.isCausal, window % group != 0 {
      f.complain("window is \(window) frames; it must be a multiple of \(group) (codec.time × model.patch[0])")
    }
    if !codec.isCausal, levels.prefixShare > 0, levels.prefixFrames % group != 0 || levels.prefixFrames >= window {
      f.complain(
        "levels.prefix_frames is \(levels.prefixFrames); it must be a multiple of \(group) and below the window of "
          + "\(window)")
    }
  }
}

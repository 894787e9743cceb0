import ArgumentParser
import Consent
import Files
import Foundation
import Media
import Provenance

struct ConsentInitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write the manifest of a dataset or of videos: every clip by its hashes, and a grant if you state one.",
    discussion: """
      example: orrery consent init footage.h5 --grant own-work
      example: orrery consent init footage.h5 --grant licence --licensor "A Studio" --until 2028-01-01T00:00:00Z
      With --grant it states the grant g1 and names it in every clip, or in those of --clip. Without, it is a draft that \
      grants nothing, with an example of a grant for a person to copy.
      """)
  @Argument(help: "A dataset, a folder of videos, or a video or picture file.") var input: String
  @Option(help: "Who owns the footage: a did:key or another name. Default with --grant own-work: you, self-declared.")
  var licensor: String?
  @Option(
    help: ArgumentHelp(
      "Grant the clips on this basis: own-work, licence, consent or public-domain.", valueName: "basis"))
  var grant: Basis?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Only these clips: names or patterns such as 'shot*'. Default: every clip.", valueName: "pattern"))
  var clip: [String] = []
  @OptionGroup(title: "Terms of the grant") var terms: GrantTermsOptions
  @Option(help: "The manifest to write; default: beside the input.") var out: String?
  @OptionGroup var read: ReadOption
  @OptionGroup var decode: DecodeOption
  @OptionGroup var common: Common

  func validate() throws {
    guard grant != nil || clip.isEmpty && terms.areDefaults else {
      throw ValidationError(
        "--clip and the terms of a grant need --grant BASIS: own-work, licence, consent, public-domain")
    }
  }

  func run() throws {
    let console = common.console, stated = grant.map(terms.stated)
    let said = try read.reading()
    if !said.isEmpty { for note in try DatasetLook(input, said).notes { console.note("note: \(note)") } }
    let owner = try ConsentDraft.licensor(licensor, stated), path = out ?? defaultPath
    let made = try ConsentDraft.write(
      input, licensor: owner, terms: stated, for: clip.isEmpty ? nil : clip, to: path, limits: decode.limits, console)
    let clips = Text.counted(made.manifest.assets.count, "clip")
    var lines = ["wrote \(path): \(clips) of \(owner)\(licensor == nil ? ", self-declared" : "")"]
    if let stated {
      lines += ["grant \(ConsentDraft.grant) for \(made.granted) of them", "  \(stated.text)"]
    } else {
      lines += [
        "it grants nothing yet: move its x-example-grant into grants and set the terms, then "
          + Shell.orrery(["consent", "grant", path, "--grant", ConsentDraft.grant, "--all"])
      ]
    }
    try console.result(
      [
        "manifest": .string(path), "clips": Value(made.manifest.assets.count), "licensor": .string(owner),
        "granted": Value(made.granted),
      ], lines.map { Text.wrapped($0, within: 80) }.joined(separator: "\n"))
    console.next(ConsentWay(made.manifest, at: path).afterWriting(of: input))
  }

  private var defaultPath: String {
    (Disk.isFolder(input) ? (input as NSString).standardizingPath : (input as NSString).deletingPathExtension)
      + ".optin.json"
  }
}

/// What a grant states. Every default is the narrower word.
struct GrantTermsOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help:
      "What may be done: fine-tune, evaluate, pretrain, distribute-weights, distribute-outputs. Default: the first two."
  )
  var actions: [Action] = []
  @Option(parsing: .upToNextOption, help: "What must never be done, whatever else is granted.") var deny: [Action] = []
  @Option(parsing: .upToNextOption, help: "What for, as experiments name it, or 'any'. Default: research.")
  var purpose: [String] = []
  @Flag(help: "Commercially too.") var commercial = false
  @Option(help: "To whom: a name, or any.") var licensee = "any"
  @Option(parsing: .upToNextOption, help: "Where (ISO 3166 codes). Default: everywhere.") var territory: [String] = []
  @Option(help: "Terms of weights trained on it: private, share-alike or open.") var weights: WeightsTerms = .private
  @Option(help: "Terms of what such weights make: internal, attribution or allowed.") var outputs: OutputsTerms =
    .internal
  @Option(help: ArgumentHelp("When it begins, such as 2026-12-31T00:00:00Z. Default: now.", valueName: "time"))
  var from: Moment?
  @Option(help: ArgumentHelp("When it ends. Default: when it is revoked.", valueName: "time")) var until: Moment?

  var areDefaults: Bool {
    actions.isEmpty && deny.isEmpty && purpose.isEmpty && !commercial && licensee == "any" && territory.isEmpty
      && weights == .private && outputs == .internal && from == nil && until == nil
  }

  func stated(_ basis: Basis) -> ConsentGrantTerms {
    var terms = ConsentGrantTerms(basis)
    if !actions.isEmpty { terms.actions = actions }
    if !purpose.isEmpty { terms.purposes = purpose }
    if !territory.isEmpty { terms.territory = territory }
    terms.deny = deny
    terms.isCommercial = commercial
    terms.licensee = licensee
    terms.weights = weights
    terms.outputs = outputs
    terms.from = from
    terms.until = until
    return terms
  }
}

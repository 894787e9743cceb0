import ArgumentParser
import Consent
import Files
import Provenance

struct ConsentRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Take something back: write a signed revocation list, or the next one.",
    discussion:
      "example: orrery consent revoke footage.optin.json --grant g1 --key studio\nA grant that promised notice ends when the notice does; --from says otherwise."
  )
  @Argument(help: "The manifest.") var manifest: String
  @Option(help: "A grant; repeat for several.") var grant: [String] = []
  @Option(help: "A clip; with --grant, that grant for that clip alone.") var clip: [String] = []
  @Option(help: "A person's consent to be shown.") var person: [String] = []
  @Flag(help: "All of the manifest.") var all = false
  @Option(help: "When it takes effect, such as 2026-12-31T00:00:00Z; default: at once, or after the grant's notice.")
  var from: Moment?
  @Option(help: "stop-use, delete-cache or retrain.") var effect: RevocationEffect?
  @Option(help: "Why, in words.") var reason: String?
  @Option(help: "The list; default: NAME.revocations.json beside the manifest. One that is there is extended.")
  var out: String?
  @OptionGroup var key: KeyOption
  @Option(
    help: ArgumentHelp(
      "Certificates for the key (PEM), the signer's first. Default: those it signed the manifest with.",
      valueName: "file")) var chain: String?
  @OptionGroup var trust: TrustOptions
  @OptionGroup var common: Common

  func run() throws {
    var wanted = ConsentRevocation()
    (wanted.grants, wanted.clips, wanted.people, wanted.all, wanted.from, wanted.effect, wanted.reason) = (
      grant, clip, person, all, from, effect, reason
    )
    wanted.chain = chain
    let result = try wanted.write(
      manifest, to: out ?? ConsentRevocation.path(for: manifest), with: key.open(), trust.files)
    for text in result.notes { common.console.note("note: \(text)") }
    try common.console.result(
      [
        "list": .string(result.path), "serial": Value(result.list.serial), "added": Value(result.added),
        "entries": .array(result.list.entries.map(\.value)),
      ],
      result.added == 0
        ? "\(result.path) said so already (serial \(result.list.serial))"
        : "wrote \(result.path), serial \(result.list.serial): \(result.added) more, \(result.list.entries.count) in all"
    )
    common.console.next(
      ConsentWay(try Manifest(path: manifest), at: manifest).checking(
        options: trust.words + ["--revocations", result.path]))
  }
}

extension Moment: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
extension RevocationEffect: ExpressibleByArgument {}

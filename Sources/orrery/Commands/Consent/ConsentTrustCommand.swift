import ArgumentParser
import Credentials
import Files
import Provenance

struct ConsentTrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "List the keys and certificates' roots you believe, or add one.",
    discussion:
      "example: orrery consent trust did:key:z6Mk… --name \"A Studio\"\nAsk its owner for the key by another way than the one the manifest came by."
  )
  @Argument(help: "The key to add, or a PEM file with a root certificate; without it, the list.") var key: String?
  @Option(help: "What you call its owner.") var name: String?
  @Option(
    help: ArgumentHelp(
      "A licensor it may sign for besides its own did:key; repeat for several.", valueName: "licensor"))
  var speaksFor: [String] = []
  @Option(help: "The trust file; default: trust.json of ORRERY_HOME.") var trust: String?
  @OptionGroup var common: Common

  func run() throws {
    let path = try ConsentTrust.path(trust)
    if let key { _ = try ConsentTrust.add(key, name: name, speaksFor: speaksFor, to: path) }
    let now = try ConsentTrust.read(path)
    try common.console.result(ConsentTrust.value(now, path), ConsentTrust.text(now, path))
    let signed = key.flatMap { ConsentWay.signed(by: $0) }
    common.console.next(signed.map { ["consent", "verify", $0] + (trust.map { ["--trust", $0] } ?? []) })
  }
}

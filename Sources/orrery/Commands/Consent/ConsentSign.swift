import ArgumentParser
import Consent
import Credentials
import Files
import Foundation
import Provenance
import Tensors

/// Which key signs.
struct KeyOption: ParsableArguments {
  @Option(help: ArgumentHelp("The key's name, or its file.", valueName: "name")) var key = KeyRing.usual

  func open() throws -> SigningKey {
    try key.contains("/") || key.hasSuffix(".pem")
      ? SigningKey(path: key) : KeyRing(HomeFolder(environment: ProcessInfo.processInfo.environment)).open(key)
  }
}

extension ConsentCommand {
  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sign a manifest as its licensor.",
      discussion:
        "example: orrery consent sign footage.optin.json --key studio\nWhat is signed is every field but 'signatures'; a change to any of them breaks it."
    )
    @Argument(help: "The manifest.") var manifest: String
    @OptionGroup var key: KeyOption
    @Option(help: "Where to write it; default: in place.") var out: String?
    @Option(help: ArgumentHelp("Certificates for the key (PEM), the signer's first.", valueName: "file")) var chain:
      String?
    @Flag(help: "Drop signatures that no longer hold because the manifest was changed.") var again = false
    @OptionGroup var common: Common

    func run() throws {
      let result = try ConsentSigning.sign(
        manifest, as: .licensor, with: key.open(), chain: chain, out: out, again: again)
      common.console.signed(result)
    }
  }

  struct Countersign: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a signature beside the licensor's: an agent's, a society's, or a person's who is shown.",
      discussion: "example: orrery consent countersign footage.optin.json --key performer")
    @Argument(help: "The manifest.") var manifest: String
    @OptionGroup var key: KeyOption
    @Option(help: "Where to write it; default: in place.") var out: String?
    @OptionGroup var common: Common

    func run() throws {
      common.console.signed(try ConsentSigning.sign(manifest, as: .beside, with: key.open(), out: out))
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a manifest's signatures, whose they are, and whether it still holds. Exits 1 if it does not.",
      discussion: "example: orrery consent verify footage.optin.json")
    @Argument(help: "The manifest.") var manifest: String
    @Option(help: "The version it supersedes, to check that it does.") var previous: String?
    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: Common

    func run() throws {
      let found = try ConsentVerification(manifest, trust.files, previous: previous)
      common.console.result(found.value, found.text)
      try found.requireHolds()
      common.console.next("orrery consent check DATASET --manifest \(manifest)")
    }
  }
}

extension Console {
  fileprivate func signed(_ result: ConsentSigning.Result) {
    let signers = result.manifest.signatures.map(\.kid)
    for text in result.notes { note("note: \(text)") }
    self.result(
      [
        "manifest": .string(result.path), "sha256": .string(result.manifest.sha256),
        "signers": .array(signers.map { .string($0) }), "was_there": .bool(result.wasThere),
      ],
      "\(result.path) \(result.wasThere ? "was signed by this key already" : "is signed"): \(signers.joined(separator: ", "))"
    )
    next("orrery consent verify \(result.path)")
  }
}

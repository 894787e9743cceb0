import ArgumentParser
import Consent
import Files
import Foundation
import Provenance

struct ConsentSignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a manifest as its licensor.",
    discussion:
      "example: orrery consent sign footage.optin.json --key studio\nWhat is signed is every field but 'signatures'; a change to any of them breaks it."
  )
  @Argument(help: "The manifest.") var manifest: String
  @OptionGroup var key: KeyOption
  @Option(help: "Where to write it; default: in place.") var out: String?
  @Option(help: ArgumentHelp("Certificates for the key (PEM), the signer's first.", valueName: "file")) var chain:
    String?
  @Flag(help: "Drop signatures that no longer hold because the manifest was changed.") var again = false
  @Flag(help: "Sign although it grants no clip, which says no to everybody.") var empty = false
  @OptionGroup var common: Common

  func run() throws {
    let signer = try key.open()
    let result = try ConsentSigning.sign(
      manifest, as: .licensor, with: signer, chain: chain, out: out, again: again, empty: empty)
    try common.console.signed(result, by: signer)
  }
}

/// Which key signs.
struct KeyOption: ParsableArguments {
  @Option(help: ArgumentHelp("The key's name, or its file.", valueName: "name")) var key = KeyRing.usual

  func open() throws -> SigningKey {
    try key.contains("/") || key.hasSuffix(".pem")
      ? SigningKey(path: key) : KeyRing(HomeFolder(environment: ProcessInfo.processInfo.environment)).open(key)
  }
}

extension Console {
  /// What signing did, and whose trust it needs now.
  func signed(_ result: ConsentSigning.Result, by key: SigningKey) throws {
    let signers = result.manifest.signatures.map(\.kid)
    for text in result.notes { note("note: \(text)") }
    try self.result(
      [
        "manifest": .string(result.path), "sha256": .string(result.manifest.sha256),
        "signers": .array(signers.map { .string($0) }), "was_there": .bool(result.wasThere),
      ],
      "\(result.path) \(result.wasThere ? "was signed by this key already" : "is signed"): \(signers.joined(separator: ", "))"
    )
    next(ConsentWay(result.manifest, at: result.path).afterSigning(with: key.did))
  }
}

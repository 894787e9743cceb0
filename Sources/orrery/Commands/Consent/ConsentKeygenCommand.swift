import ArgumentParser
import Consent
import Files
import Foundation

struct ConsentKeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Make a signing key and print its did:key.",
    discussion:
      "example: orrery consent keygen --name studio\nThe key is kept in keys/NAME.pem of ORRERY_HOME (default ~/.config/orrery), readable by you alone, and is never printed."
  )
  @Option(help: "The key's name.") var name = KeyRing.usual
  @Option(help: "Ed25519 or ES256.") var alg: SignatureAlgorithm = .ed25519
  @OptionGroup var common: Common

  func run() throws {
    let ring = KeyRing(try HomeFolder(environment: ProcessInfo.processInfo.environment)),
      key = try ring.make(name, alg)
    try common.console.result(
      [
        "name": .string(name), "alg": .string(alg.rawValue), "did": .string(key.did),
        "path": .string(ring.path(name)),
      ],
      "\(key.did)\nkept in \(ring.path(name)); back it up: what it signed can only be revoked with it\n"
        + "to grant footage under it: "
        + Shell.orrery(["consent", "init", "DATA", "--grant", "own-work", "--licensor", key.did]))
  }
}

extension SignatureAlgorithm: ExpressibleByArgument {}

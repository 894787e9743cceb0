import Foundation

/// One labelled statement of a manifest, and the box that carries it.
public struct Assertion: Sendable, Equatable {
  /// `c2pa.actions.v2`, `cawg.training-mining`, …; `__1`, `__2` tell several of a kind apart.
  public let label: String
  public let value: CBOR

  public init(_ label: String, _ value: CBOR) { (self.label, self.value) = (label, value) }

  var box: JUMBF { JUMBF("cbor", label, [.leaf(type: "cbor", bytes: value.encoded)]) }

  /// How others refer to it: its place and SHA-256 of its box without header.
  var hashedURI: CBOR { ["url": .text("self#jumbf=c2pa.assertions/\(label)"), "hash": .bytes(Digest.of(box.payload))] }

  /// The label without its instance number.
  static func kind(_ label: String) -> String {
    guard let at = label.range(of: "__", options: .backwards), !label[at.upperBound...].isEmpty,
      label[at.upperBound...].allSatisfy(\.isNumber)
    else { return label }
    return String(label[..<at.lowerBound])
  }
}

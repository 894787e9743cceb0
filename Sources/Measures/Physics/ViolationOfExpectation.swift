import Files

/// Does a model find impossible clips more surprising than possible ones? From one surprise (or plausibility) a clip,
/// whatever it is made of: negative log-likelihood, denoising loss under shared noise, prediction error
/// (docs/PHYSICS.md, "Other values"). Chance is ½; ties count ½.
public enum ViolationOfExpectation {
  /// `voe_relative_accuracy` [0, 1] ↑: share of pairs whose possible clip surprises less.
  /// - Throws: `Problem` when the lists differ in length, are empty or hold what is not a number.
  public static func relativeAccuracy(possible: [Double], impossible: [Double]) throws -> Double {
    try check(possible, impossible)
    guard possible.count == impossible.count else {
      throw Problem(
        "\(possible.count) possible and \(impossible.count) impossible clips make no pairs",
        expected: "each impossible clip beside its possible twin")
    }
    return zip(possible, impossible).reduce(0) { $0 + wins($1.1, $1.0) } / Double(possible.count)
  }

  /// `voe_auroc` [0, 1] ↑: chance that an impossible clip surprises more than a possible one, over all pairs of the two
  /// lists.
  /// - Throws: as `relativeAccuracy`, but for the length.
  public static func auroc(possible: [Double], impossible: [Double]) throws -> Double {
    try check(possible, impossible)
    let sum = impossible.reduce(0) { sum, i in possible.reduce(sum) { $0 + wins(i, $1) } }
    return sum / Double(possible.count * impossible.count)
  }

  /// IntPhys' relative error L_R [0, 1] ↓: share of sets whose possible clips have, summed, less plausibility than the
  /// impossible ones.
  /// - Parameters: possible, impossible: plausibilities `[sets][clips]`.
  public static func intPhysRelativeError(possible: [[Double]], impossible: [[Double]]) throws -> Double {
    guard possible.count == impossible.count else {
      throw Problem(
        "\(possible.count) sets of possible and \(impossible.count) of impossible clips", expected: "the same number")
    }
    try check(possible.flatMap { $0 }, impossible.flatMap { $0 })
    return zip(possible, impossible).reduce(0) { $0 + wins($1.1.reduce(0, +), $1.0.reduce(0, +)) }
      / Double(possible.count)
  }

  /// IntPhys' absolute error L_A = 1 − AUC [0, 1] ↓, over all clips of all sets.
  public static func intPhysAbsoluteError(possible: [[Double]], impossible: [[Double]]) throws -> Double {
    // A plausibility is the reverse of a surprise, so the impossible clip that has more of it is the error counted.
    try auroc(possible: possible.flatMap { $0 }, impossible: impossible.flatMap { $0 })
  }

  private static func wins(_ greater: Double, _ lesser: Double) -> Double {
    greater > lesser ? 1 : greater == lesser ? 0.5 : 0
  }

  private static func check(_ possible: [Double], _ impossible: [Double]) throws {
    guard !possible.isEmpty, !impossible.isEmpty else {
      throw Problem("there is no possible or no impossible clip to compare")
    }
    guard (possible + impossible).allSatisfy(\.isFinite) else {
      throw Problem("a surprise is not a finite number", fix: "leave the clip out on both sides, and say so")
    }
  }
}

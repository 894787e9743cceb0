import Files

extension FlowField {
  /// Dense flow by inverse search (`DenseFlow`), luma on 0…255.
  /// - Throws: `Problem` for planes of two sizes, or with sides under 16 pixels.
  public static func inverseSearch(from first: LumaPlane, to second: LumaPlane) throws -> FlowField {
    try check(first, second)
    let flow = DenseFlow(width: first.width, height: first.height)
    return flow(flow.pyramid(first), flow.pyramid(second))
  }

  /// Dense flow by polynomial expansion (`Farneback`), luma on 0…255.
  /// - Throws: `Problem` for planes of two sizes, or with sides under 16 pixels.
  public static func farneback(from first: LumaPlane, to second: LumaPlane) throws -> FlowField {
    try check(first, second)
    return Farneback.flow(first, second)
  }

  private static func check(_ first: LumaPlane, _ second: LumaPlane) throws {
    guard first.width == second.width, first.height == second.height else {
      throw Problem(
        "flow between planes of \(first.width)x\(first.height) and \(second.width)x\(second.height)",
        expected: "two planes of one size")
    }
    guard min(first.width, first.height) >= DenseFlow.leastSide else {
      throw Problem(
        "flow between planes of \(first.width)x\(first.height)",
        expected: "sides of at least \(DenseFlow.leastSide) pixels")
    }
  }
}

import Foundation

/// Exact at the multiples of a right angle that upright shapes use, so that their edges carry no rounding.
func cosine(_ angle: Double) -> Double { angle == 0 ? 1 : Foundation.cos(angle) }
func sine(_ angle: Double) -> Double { angle == 0 ? 0 : Foundation.sin(angle) }
/// Direction of (x, y), radians in (−π, π]; exactly 0 along x.
func arcTangent(_ y: Double, _ x: Double) -> Double { Foundation.atan2(y, x) }

import Foundation

/// Exact at the multiples of a right angle that upright shapes use, so that their edges carry no rounding.
func cosine(_ angle: Double) -> Double { angle == 0 ? 1 : Foundation.cos(angle) }
func sine(_ angle: Double) -> Double { angle == 0 ? 0 : Foundation.sin(angle) }

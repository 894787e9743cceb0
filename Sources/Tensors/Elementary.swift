import Foundation

func logarithm(_ x: Double) -> Double { Foundation.log(x) }
func cosineTurn(_ u: Double) -> Double { Foundation.cos(2 * .pi * u) }

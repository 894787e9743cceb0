import Measures
import TestKit
import Testing

@Suite struct LabColourTests {
  /// From the test data of Sharma, Wu & Dalal 2005, table 1.
  @Test func sharmasPairs() {
    let pairs: [(LabColour, LabColour, Double)] = [
      (.init(l: 50, a: 2.6772, b: -79.7751), .init(l: 50, a: 0, b: -82.7485), 2.0425),
      (.init(l: 50, a: 0, b: 0), .init(l: 50, a: -1, b: 2), 2.3669),
      (.init(l: 50, a: 2.49, b: -0.001), .init(l: 50, a: -2.49, b: 0.0009), 7.1792),
      (.init(l: 50, a: 2.5, b: 0), .init(l: 73, a: 25, b: -18), 27.1492),
      (.init(l: 60.2574, a: -34.0099, b: 36.2677), .init(l: 60.4626, a: -34.1751, b: 39.4387), 1.2644),
      (.init(l: 63.0109, a: -31.0961, b: -5.8663), .init(l: 62.8187, a: -29.7946, b: -4.0864), 1.2630),
      (.init(l: 2.0776, a: 0.0795, b: -1.1350), .init(l: 0.9033, a: -0.0636, b: -0.5514), 0.9082),
    ]
    for (a, b, expected) in pairs {
      #expect(abs(a.difference(to: b) - expected) < 1e-4)
      #expect(abs(b.difference(to: a) - expected) < 1e-4)
    }
  }

  @Test func sRGBReferenceColours() {
    let white = LabColour(sRGB: SIMD3(255, 255, 255)), red = LabColour(sRGB: SIMD3(255, 0, 0))
    #expect(abs(white.l - 100) < 1e-3 && abs(white.a) < 0.02 && abs(white.b) < 0.02)
    #expect(abs(red.l - 53.24) < 0.02 && abs(red.a - 80.09) < 0.05 && abs(red.b - 67.20) < 0.05)
  }
}

import CAV
import Foundation

/// High dynamic range to the 8-bit sRGB that frames are: ITU-R BT.2408's scene-referred mapping.
///
/// 1. PQ: the light of the display F_D by BT.2100's EOTF; then its inverse OOTF with γ = 1.2 and L_W = 1000 cd/m² (table
///    5) gives the light of the scene E = (F_D / 1000) · (Y_D / 1000)^((1−γ)/γ).
///    HLG: the inverse OETF gives E at once.
/// 2. E / E(0.75) : what HLG codes as 0.75 and PQ shows at 203 cd/m² is diffuse white in both (BT.2408, table 1). An
///    18 % grey, 26 cd/m², so becomes 0.18.
/// 3. BT.2020 (or P3-D65) to BT.709 primaries, in linear light (BT.2087); what lies outside is clipped, highlights above
///    diffuse white too.
/// 4. The sRGB curve (IEC 61966-2-1): diffuse white is 255, middle grey 118.
package struct ToneMap {
  package enum Transfer: String, Sendable {
    case pq = "PQ"
    case hlg = "HLG"

    init?(_ tag: AVColorTransferCharacteristic) {
      switch tag {
      case AVCOL_TRC_SMPTE2084: self = .pq
      case AVCOL_TRC_ARIB_STD_B67: self = .hlg
      default: return nil
      }
    }
  }

  package let transfer: Transfer
  /// To BT.709, by rows.
  private let matrix: [Float]
  /// 16-bit code to F_D / 1000 (PQ) or to E (HLG).
  private let linear: [Float]
  /// Y_D^((1−γ)/γ) by √Y_D, for PQ.
  private let system: [Float]
  /// Linear light in 65,536 steps to 8 bits.
  private let encoded: [UInt8]

  private static let steps = 65_535.0
  /// E at the HLG code 0.75.
  private static let white = hlg(0.75)

  init(_ transfer: Transfer, primaries: AVColorPrimaries) {
    self.transfer = transfer
    matrix =
      switch primaries {
      case AVCOL_PRI_BT709: [1, 0, 0, 0, 1, 0, 0, 0, 1]
      case AVCOL_PRI_SMPTE432: [1.22494, -0.22494, 0, -0.04206, 1.04206, 0, -0.01964, -0.07864, 1.09828]
      default: [1.66049, -0.58764, -0.07285, -0.12455, 1.1329, -0.00835, -0.01815, -0.10058, 1.11873]
      }
    let codes = (0...65_535).map { Double($0) / Self.steps }
    linear = codes.map { Float(transfer == .pq ? Self.pq($0) * 10 : Self.hlg($0)) }
    system =
      transfer == .pq ? codes.map { Float(pow(max($0, 1 / Self.steps) * max($0, 1 / Self.steps) * 10, -1.0 / 6)) } : []
    encoded = codes.map { UInt8((255 * ($0 <= 0.0031308 ? 12.92 * $0 : 1.055 * pow($0, 1 / 2.4) - 0.055)).rounded()) }
  }

  /// BT.2100 table 4: a code of 0 to 1 to light, of 10,000 cd/m².
  private static func pq(_ code: Double) -> Double {
    let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
    let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)
    let p = pow(code, 1 / m2)
    return pow(max(p - c1, 0) / (c2 - c3 * p), 1 / m1)
  }

  /// BT.2100 table 5: a code of 0 to 1 to light of the scene, 0 to 1.
  private static func hlg(_ code: Double) -> Double {
    let a = 0.17883277, b = 1 - 4 * 0.17883277, c = 0.5 - a * log(4 * a)
    return code <= 0.5 ? code * code / 3 : (exp((code - c) / a) + b) / 12
  }

  /// - Parameter codes: RGB of 16 bits a channel.
  /// - Returns: as many bytes.
  func sdr(_ codes: UnsafeBufferPointer<UInt16>) -> [UInt8] {
    let scale = Float(1 / Self.white)
    // BT.2020's luminance; what else there is shows much the same.
    let (yr, yg, yb) = (Float(0.2627), Float(0.678), Float(0.0593))
    return [UInt8](unsafeUninitializedCapacity: codes.count) { out, count in
      linear.withUnsafeBufferPointer { linear in
        for i in stride(from: 0, to: codes.count - 2, by: 3) {
          var (r, g, b) = (linear[Int(codes[i])], linear[Int(codes[i + 1])], linear[Int(codes[i + 2])])
          var gain = scale
          if transfer == .pq {
            // Y_D is at most 10 (10,000 cd/m²); the table is by the square root of its tenth.
            let y = yr * r + yg * g + yb * b
            gain *= system[Int(min((y / 10).squareRoot(), 1) * Float(Self.steps))]
          }
          (r, g, b) = (r * gain, g * gain, b * gain)
          for c in 0..<3 {
            let light = matrix[3 * c] * r + matrix[3 * c + 1] * g + matrix[3 * c + 2] * b
            out[i + c] = encoded[Int(max(0, min(light, 1)) * Float(Self.steps) + 0.5)]
          }
        }
      }
      count = codes.count
    }
  }
}

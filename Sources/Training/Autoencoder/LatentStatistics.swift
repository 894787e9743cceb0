import Files
import Models
import Tensors

/// Mean and deviation of latents, a channel each, over what was added: what makes a model's inputs of size one.
struct LatentStatistics {
  private var count = 0.0, sums: [Double], squares: [Double]

  init(channels: Int) {
    (sums, squares) = (Array(repeating: 0, count: channels), Array(repeating: 0, count: channels))
  }

  /// - Parameter moments: [1,f,h,w,2z], of which the means count.
  mutating func add(_ moments: Tensor) {
    let z = sums.count, rows = moments.shape.rows
    moments.withElements { m in
      for i in 0..<rows {
        for e in 0..<z {
          let v = Double(m[i * 2 * z + e])
          sums[e] += v
          squares[e] += v * v
        }
      }
    }
    count += Double(rows)
  }

  private static let meanKey = "latents_mean", deviationKey = "latents_std"

  /// For the header of the weights' file.
  var facts: [(String, String)] {
    let mean = sums.map { $0 / max(count, 1) }
    let deviation = zip(squares, mean).map { square, m in
      // A channel nobody uses has next to none, and is not to be blown up.
      min(1e6, max(1e-3, max(0, square / max(count, 1) - m * m).squareRoot()))
    }
    func line(_ x: [Double]) -> String { JSON.line(.array(x.map { .number(Double("\(Float($0))") ?? $0) })) }
    return [(Self.meanKey, line(mean)), (Self.deviationKey, line(deviation))]
  }

  /// A configuration with what `facts` wrote. - Throws: `Problem` when the file lacks it.
  static func measured(_ config: AutoencoderConfig, in file: Safetensors) throws -> AutoencoderConfig {
    func numbers(_ key: String) throws -> [Double] {
      let stated = try file[metadata: key].map { try JSON.parse($0, at: file.path) }?.array?.compactMap(\.double)
      guard let stated, stated.count == config.zDim else {
        throw Problem(
          "the weights do not say \(key), which is measured when training ends", at: file.path,
          fix: "train the run to its last step")
      }
      return stated
    }
    var config = config
    (config.latentsMean, config.latentsStd) = (try numbers(meanKey), try numbers(deviationKey))
    return config
  }
}

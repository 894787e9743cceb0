import Files
import Foundation
import Frames
import Tensors

/// A vision transformer in the layout of DINOv2 (Oquab et al. 2023): of a picture the token that stands for the whole.
///
/// Reads the safetensors that `transformers` publishes (`embeddings.…`, `encoder.layer.N.…`, `layernorm`, with or without
/// "dinov2." before), without registers and with a plain MLP; `config.json` beside it says the number of heads (64 numbers
/// each where there is none). Pictures are made 224 × 224 by the same rule as for I3D and normalised as ImageNet's; the table
/// of positions is stretched to their patches (bicubic, a = −0.75).
public struct VisionTransformer {
  public static let side = 224
  private static let eps: Float = 1e-6

  private struct Block {
    let norm1: [Tensor], qkv: [Tensor], out: [Tensor], norm2: [Tensor], up: [Tensor], down: [Tensor]
  }

  public let weightsHash: String
  /// Numbers a picture.
  public let width: Int
  private let heads: Int, patch: Int
  private let projection: [Tensor], norm: [Tensor], scaling: [Tensor]
  /// Of the whole picture with its place, and the places of patches: [1, width], [patches, width].
  private let whole: [Float], places: [Float]
  private let blocks: [Block]

  /// - Throws: `Problem` when the file is not of the layout.
  public init(_ file: FeatureWeights, on compute: Compute) throws {
    weightsHash = file.sha256
    let prefix = file.has("dinov2.embeddings.cls_token") ? "dinov2." : ""
    let kernel = try file.shape(prefix + "embeddings.patch_embeddings.projection.weight")
    guard kernel.count == 4, kernel[1] == 3, kernel[2] == kernel[3], (1...56).contains(kernel[2]),
      Self.side % kernel[2] == 0, (1...8192).contains(kernel[0])
    else { throw file.problem("its patches are \(kernel)", "[width, 3, p, p], p a divisor of \(Self.side)") }
    let (d, p) = (kernel[0], kernel[2])
    func get(_ name: String, _ shape: [Int?]) throws -> [Float] { try file.values(prefix + name, shape).values }
    func row(_ name: String, _ n: Int) throws -> Tensor { Tensor(try get(name, [n]), [n], on: compute) }
    func pair(_ name: String) throws -> [Tensor] { [try row(name + ".weight", d), try row(name + ".bias", d)] }

    // Patches are rows of pixels here: [width, p·p·3] from [width, 3, p, p].
    let from = try get("embeddings.patch_embeddings.projection.weight", kernel)
    var turned = [Float](repeating: 0, count: from.count)
    for o in 0..<d {
      for c in 0..<3 { for i in 0..<p * p { turned[(o * p * p + i) * 3 + c] = from[(o * 3 + c) * p * p + i] } }
    }
    projection = [
      Tensor(turned, [d, 3 * p * p], on: compute), try row("embeddings.patch_embeddings.projection.bias", d),
    ]
    let (shape, table) = try file.values(prefix + "embeddings.position_embeddings", [1, nil, d])
    let old = Int(Double(shape[1] - 1).squareRoot().rounded())
    guard old > 0, old * old == shape[1] - 1 else {
      throw file.problem("it has \(shape[1] - 1) places", "a square of them")
    }
    let cls = try get("embeddings.cls_token", [1, 1, d])
    whole = (0..<d).map { cls[$0] + table[$0] }
    places = Self.stretched(Array(table[d...]), old, to: Self.side / p, width: d)
    norm = try pair("layernorm")
    // (v − mean)/deviation of v in 0…1, from −1…1.
    let means: [Float] = [0.485, 0.456, 0.406], deviations: [Float] = [0.229, 0.224, 0.225]
    scaling = [
      Tensor((0..<9).map { $0 % 4 == 0 ? 0.5 / deviations[$0 / 4] : 0 }, [3, 3], on: compute),
      Tensor((0..<3).map { (0.5 - means[$0]) / deviations[$0] }, [3], on: compute),
    ]
    var blocks: [Block] = []
    while blocks.count < 200, file.has(prefix + "encoder.layer.\(blocks.count).norm1.weight") {
      let at = "encoder.layer.\(blocks.count)."
      func linear(_ names: [String], _ outputs: Int?, _ inputs: Int, scale: [Float]? = nil) throws -> [Tensor] {
        guard let name = names.first(where: { file.has(prefix + at + $0 + ".weight") }) else {
          throw file.problem("layer \(blocks.count) has no '\(names[0])'", "the layout of DINOv2 with a plain MLP")
        }
        let (shape, weight) = try file.values(prefix + at + name + ".weight", [outputs, inputs]),
          bias = try get(at + name + ".bias", [shape[0]])
        return [
          Tensor(
            scale.map { s in weight.indices.map { weight[$0] * s[$0 / inputs] } } ?? weight, Shape(shape), on: compute),
          Tensor(scale.map { zip(bias, $0).map { $0 * $1 } } ?? bias, [shape[0]], on: compute),
        ]
      }
      // What a branch is multiplied by stands in its last layer.
      let first = try get(at + "layer_scale1.lambda1", [d]), second = try get(at + "layer_scale2.lambda1", [d])
      let qkv = try [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj")].flatMap {
        try linear(["attention.attention." + $0.0, "attention." + $0.1], d, d)
      }
      let up = try linear(["mlp.fc1"], nil, d)
      blocks.append(
        Block(
          norm1: try pair(at + "norm1"), qkv: qkv,
          out: try linear(["attention.output.dense", "attention.o_proj"], d, d, scale: first),
          norm2: try pair(at + "norm2"), up: up, down: try linear(["mlp.fc2"], d, up[1].count, scale: second)))
    }
    guard !blocks.isEmpty else { throw file.problem("it has no layers", "encoder.layer.0.…") }
    (self.blocks, width, patch) = (blocks, d, p)
    let config = (file.path as NSString).deletingLastPathComponent + "/config.json"
    let stated =
      Disk.exists(config)
      ? try JSON.parse([UInt8](Disk.read(config)), at: config)["num_attention_heads"]?.integer : nil
    heads = stated ?? max(1, d / 64)
    guard heads > 0, d % heads == 0 else { throw file.problem("\(heads) heads do not share \(d) numbers", "a divisor") }
  }

  /// What stands for each frame, a row of `width` numbers.
  public func features(_ frames: Frames, on compute: Compute) -> [[Float]] {
    (0..<frames.count).map { t in
      token(FrameBatch.clip(frames[t..<t + 1], side: Self.side, on: compute)).values
    }
  }

  /// Of [1,1,224,224,3] in −1…1.
  private func token(_ x: Tensor) -> Tensor {
    let compute = x.compute, n = Self.side / patch, d = width
    let scaled = Linear()(x, scaling[0], scaling[1]),
      patches = Tensor(undefined: [n * n, 3 * patch * patch], on: compute)
    let from = scaled.pointer, to = patches.pointer, run = 3 * patch
    for i in 0..<n * n {
      for row in 0..<patch {
        (to + (i * patch + row) * run).update(
          from: from + ((i / n * patch + row) * Self.side + i % n * patch) * 3, count: run)
      }
    }
    let embedded = Linear()(patches, projection[0], projection[1]), tokens = n * n + 1
    var y = Tensor(undefined: [1, tokens, d], on: compute)
    for e in 0..<d { y.pointer[e] = whole[e] }
    for i in 0..<n * n * d { y.pointer[d + i] = embedded.pointer[i] + places[i] }
    let attention = Attention(heads: heads, scale: 1 / Float(d / heads).squareRoot())
    for block in blocks {
      let seen = AffineNorm(eps: Self.eps).apply([y] + block.norm1), qkv = Linear().apply([seen] + block.qkv)
      y = Add()(y, Linear().apply([attention(qkv)] + block.out))
      let inner = ExactActivation(.gelu)(
        Linear().apply([AffineNorm(eps: Self.eps).apply([y] + block.norm2)] + block.up))
      y = Add()(y, Linear().apply([inner] + block.down))
    }
    return AffineNorm(eps: Self.eps).apply([y.reshaped([tokens, d]).slice(0..<1)] + norm)
  }

  /// A square table of `old`² rows at `new`² places: cubic convolution between centres (Keys 1981), edges repeated.
  private static func stretched(_ table: [Float], _ old: Int, to new: Int, width d: Int) -> [Float] {
    guard old != new else { return table }
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    let taps = (0..<new).map { i -> [(place: Int, share: Double)] in
      let at = (Double(i) + 0.5) * Double(old) / Double(new) - 0.5, low = Int(at.rounded(.down)), t = at - Double(low)
      return zip(-1...2, [far(t + 1), near(t), near(1 - t), far(2 - t)]).map {
        (min(max(low + $0, 0), old - 1), $1)
      }
    }
    var out = [Float](repeating: 0, count: new * new * d)
    for y in 0..<new {
      for x in 0..<new {
        for e in 0..<d {
          var sum = 0.0
          for v in taps[y] {
            for h in taps[x] { sum += v.share * h.share * Double(table[(v.place * old + h.place) * d + e]) }
          }
          out[(y * new + x) * d + e] = Float(sum)
        }
      }
    }
    return out
  }
}

import Files
import Frames
import LearnedMeasures
import Measures
import Tensors
import TestKit
import Testing

/// Small networks of the published layouts, against what PyTorch made of the same numbers (Tests/Fixtures/learnt).
@Suite struct NetworkTests {
  private let expected: Value
  private let a: Frames, b: Frames

  init() throws {
    expected = try Fixture.json("learnt/expected.json")
    let shape = try expected.numbers("shape").map { Int($0) }
    (a, b) = (try Self.clip("a", shape), try Self.clip("b", shape))
  }

  private static func clip(_ name: String, _ shape: [Int]) throws -> Frames {
    Frames(
      count: shape[0], height: shape[1], width: shape[2],
      pixels: [UInt8](try Disk.read(Fixture.path("learnt/\(name).bin"))), fps: FrameRate(8))
  }

  private static func weights(_ name: String) throws -> FeatureWeights {
    try FeatureWeights(Fixture.path("learnt/\(name).ckpt"))
  }

  private func worst(_ found: [Float], _ wanted: [Double]) -> Double {
    found.count == wanted.count
      ? pairs(found, wanted).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / wanted.reduce(0) { max($0, abs($1)) }
      : .infinity
  }

  @Test(arguments: PerceptualTrunk.allCases) func distancesAreTorchs(_ trunk: PerceptualTrunk) throws {
    let wanted = try expected.numbers(trunk.rawValue)
    var bits: Set<[UInt32]> = []
    for threads in [1, 2, 7] {
      let compute = try #require(Compute(threads: threads))
      let net = try PerceptualNet(trunk, Self.weights(trunk.rawValue), on: compute)
      let found = net.values(a, b, on: compute)
      #expect(worst(found, wanted) < 1e-5)
      // A frame says the same whoever is beside it.
      #expect(net.values(a[3..<4], b[3..<4], on: compute) == [found[3]])
      #expect(net.values(a, a, on: compute).allSatisfy { $0 == 0 })
      bits.insert(found.map(\.bitPattern))
    }
    #expect(bits.count == 1)
  }

  @Test func logitsAreTorchs() throws {
    let wanted = try expected.numbers("i3d")
    var bits: Set<[UInt32]> = []
    for threads in [1, 2, 7] {
      let compute = try #require(Compute(threads: threads))
      let found = try I3D(Self.weights("i3d-kinetics-400"), on: compute).logits(a, on: compute)
      #expect(worst(found, wanted) < 1e-5)
      bits.insert(found.map(\.bitPattern))
    }
    #expect(bits.count == 1 && I3D.obstacle(frames: 8) != nil && I3D.obstacle(frames: 9) == nil)
    #expect(I3D.obstacle(frames: 256) == nil && I3D.obstacle(frames: 257) != nil)
  }

  @Test func tokensAreTorchs() throws {
    let wanted = try expected.numbers("vit")
    var bits: Set<[UInt32]> = []
    for threads in [1, 2, 7] {
      let compute = try #require(Compute(threads: threads))
      let file = try FeatureWeights(Fixture.path("learnt/dinov2/model.safetensors"))
      let found = try VisionTransformer(file, on: compute).features(a[0..<3], on: compute).flatMap { $0 }
      #expect(worst(found, wanted) < 1e-5)
      bits.insert(found.map(\.bitPattern))
    }
    #expect(bits.count == 1)
  }

  /// The gradient through the frozen network against differences of the distance.
  @Test func distancesAreDifferentiable() throws {
    let compute = try #require(Compute(threads: 2)),
      net = try PerceptualNet(.alexnet, Self.weights("alexnet"), on: compute)
    let shape: Shape = [1, 1, 40, 36, 3], n = shape.count
    func picture(_ f: Frames) -> [Float] { f.pixels.prefix(n).map { Float($0) / 127.5 - 1 } }
    let x = picture(a), y = Tensor(picture(b), shape, on: compute), tape = Tape()
    let leaf = Leaf(gradient: Tensor(undefined: shape, on: compute))
    let distance = net.distance(tape.leaf(Tensor(x, shape, on: compute), gradient: leaf), y)
    tape.backward(distance, seed: Tensor([1], [1], on: compute))
    let gradient = leaf.gradient.values
    for k in 0..<4 {
      let direction = (0..<n).map { Float(Random(seed: 5, lane: k).normal($0, .sample)) }, h: Float = 2e-4
      func value(_ sign: Float) -> Double {
        Double(
          net.distance(
            Tensor((0..<n).map { x[$0] + sign * h * direction[$0] }, shape, on: compute), y
          ).values[0])
      }
      let numeric = (value(1) - value(-1)) / Double(2 * h)
      let analytic = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let scale = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(numeric - analytic) < 0.02 * scale, "\(numeric) and \(analytic)")
    }
  }

  /// What lacks, and what is of another layout.
  @Test func foldersSayWhatLacks() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2))
    #expect(throws: Problem.self) { try FeaturesFolder(scratch("nowhere")) }
    #expect(throws: Problem.self) { try FeaturesFolder(scratch.path) }
    try Disk.makeFolder(scratch("lpips"))
    try Disk.write(Disk.read(Fixture.path("learnt/alexnet.ckpt")), to: scratch("lpips/alexnet.ckpt"))
    let learnt = try LearnedFeatures(FeaturesFolder(scratch.path), [.alexnet, .vgg16, .i3d], on: compute)
    #expect(learnt.hashes.map(\.key) == ["alexnet"])
    #expect(learnt.weightsHash(.alexnet) == (try Hashing.sha256(file: scratch("lpips/alexnet.ckpt"))))
    guard case .success(let values) = learnt.distances(.alexnet, a, reference: b) else { throw Problem("none") }
    let wanted = try expected.numbers("alexnet")
    #expect(worst(values.map { Float($0) }, wanted) < 1e-5)
    // The same from what was kept of the reference.
    #expect(learnt.distances(.alexnet, a, reference: b) == .success(values))
    guard case .failure(let vgg) = learnt.distances(.vgg16, a, reference: b),
      case .failure(let logits) = learnt.logits(a)
    else { throw Problem("something was measured without weights") }
    #expect(vgg.reason.contains("datasets/lpips/make.sh") && logits.reason.contains("datasets/i3d/make.sh"))
    let evidence = Evidence(a, reference: b, learnt: learnt, threads: 1)
    #expect(LPIPS.measure(evidence) == .value(values.reduce(0, +) / Double(values.count), note: ""))
    guard case .notApplicable(let reason) = LPIPS.measure(Evidence(a, reference: b, threads: 1)) else {
      throw Problem("LPIPS without weights")
    }
    #expect(reason.contains("--features"))
    #expect(throws: Problem.self) { try PerceptualNet(.vgg16, Self.weights("alexnet"), on: compute) }
    #expect(throws: Problem.self) { try I3D(Self.weights("vgg16"), on: compute) }
    // Too small to leave anything behind the second pool.
    guard case .failure = learnt.distances(.alexnet, small(a), reference: small(b)) else { throw Problem("30 pixels") }
  }

  private func small(_ f: Frames) -> Frames {
    Frames(count: 1, height: 30, width: 36, pixels: Array(f.pixels.prefix(30 * 36 * 3)), fps: f.fps)
  }
}

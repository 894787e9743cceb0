import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// The containers the family is published in, each opened as a base.
@Suite struct ContainerTests {
  private func output(_ place: String, on compute: Compute) throws -> [Float] {
    let (config, weights) = try ModelFolder.frozen(place)
    let parameters = try WorldTransformer.parameters(config, over: weights, nil, on: compute)
    func normal(_ shape: Shape, _ lane: Int) -> Tensor {
      let x = Tensor(undefined: shape, on: compute)
      Random(seed: 1, lane: lane).fillNormal(x, .sample)
      return x
    }
    return WorldTransformer(config, parameters)(
      normal([1, 2, 4, 4, config.inChannels], 0), timesteps: Tensor([300], [1, 1], on: compute),
      text: normal([1, 7, config.textDim], 1)
    ).values
  }

  /// What the gguf package wrote gives the output of what it reads from it; heads are the original config.json's.
  @Test func aGGUFIsItsWeights() throws {
    let compute = try #require(Compute(threads: 2)), folder = Fixture.path("gguf/model")
    let (config, weights) = try ModelFolder.frozen(folder + "/model.gguf")
    #expect(config.heads == 2 && config.dim == 32 && config.layers == 2 && config.inChannels == 4)
    #expect(weights.shape("patch_embedding.weight") == [32, 4, 1, 2, 2])
    let ours = try output(folder + "/model.gguf", on: compute),
      plain = try output(folder + "/plain.safetensors", on: compute)
    #expect(ours == plain && ours.contains { $0 != 0 })
  }

  /// An original folder, a variant's file name, a folder with one file of another name, ComfyUI's prefix.
  @Test func foldersAreOpenedByWhatIsInThem() throws {
    let compute = try #require(Compute(threads: 1)), folder = Fixture.path("gguf/model"), scratch = try Scratch()
    let expected = try output(folder + "/plain.safetensors", on: compute), files = FileManager.default
    for name in [
      "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors", "wan_any_name.safetensors",
    ] {
      let place = scratch("case-" + name)
      try Disk.makeFolder(place)
      try files.copyItem(atPath: folder + "/plain.safetensors", toPath: place + "/" + name)
      try files.copyItem(atPath: folder + "/config.json", toPath: place + "/config.json")
      #expect(try output(place, on: compute) == expected, "\(name)")
    }
    let place = scratch("gguf")
    try Disk.makeFolder(place)
    try files.copyItem(atPath: folder + "/model.gguf", toPath: place + "/wan-Q8_0.gguf")
    try files.copyItem(atPath: folder + "/config.json", toPath: place + "/config.json")
    #expect(try output(place, on: compute) == expected)
    // Two of them are a question.
    try files.copyItem(atPath: folder + "/plain.safetensors", toPath: place + "/other.safetensors")
    #expect(problem { try ModelFolder.frozen(place) }.contains("diffusion_pytorch_model.safetensors"))
  }

  /// Without the original config.json 32 features are no head of 128.
  @Test func headsAreNotGuessed() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Fixture.path("gguf/model/model.gguf"), toPath: scratch("model.gguf"))
    #expect(problem { try ModelFolder.frozen(scratch("model.gguf")) }.contains("no whole number of heads"))
    try Disk.write(Data(#"{"num_heads": 0}"#.utf8), to: scratch("config.json"))
    #expect(problem { try ModelFolder.frozen(scratch("model.gguf")) }.contains("num_heads is 0"))
  }
}

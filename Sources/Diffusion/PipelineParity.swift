import Files
import Models
import Tensors

/// A case of a whole pipeline: its folder as diffusers saves it, and `case.safetensors` with the noise it began with,
/// perhaps a picture (or what an image encoder made of one), and what came of it: embeddings, timesteps, latents, frames.
/// The call stands in the file's metadata.
struct PipelineParity: ParityKind {
  static func isOne(_ folder: String) -> Bool { WanPipeline.isOne(folder) }

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    let file = try Safetensors(path: folder + "/case.safetensors")
    let pipeline = try WanPipeline(folder, products: products, on: compute)
    var request = try call(file)
    func tensor(_ name: String, rank: Int) throws -> Tensor {
      let (shape, values) = try file.floats(name)
      guard shape.count == rank, shape.allSatisfy({ $0 > 0 }) else {
        throw Problem("'\(name)' has the shape \(shape)", at: file.path, expected: "\(rank) dimensions")
      }
      return Tensor(values, Shape(shape), on: compute)
    }
    if file.entry("image") != nil {
      let image = try tensor("image", rank: 4), s = image.shape
      guard s == [1, 3, request.height, request.width] else {
        throw Problem("'image' has the shape \(s)", at: file.path, expected: "[1, 3, height, width]")
      }
      request.image = Layout.channelsLast(image.reshaped([1, 3, 1, s[2], s[3]])).values
    }
    let noise = Layout.channelsLast(try tensor("latents", rank: 5))
    try pipeline.check(request)
    guard noise.shape == pipeline.noise(request, Random(seed: 0)).shape else {
      throw Problem(
        "'latents' has the shape \(noise.shape), channels last", at: file.path, expected: "what the call says")
    }
    let (prompt, negative) = try pipeline.embeddings(request)
    let given = file.entry("image_embeds") == nil ? nil : try tensor("image_embeds", rank: 3)
    let scheduler = pipeline.schedule.scheduler(steps: request.steps)
    func front(_ x: Tensor, _ name: String) throws -> [Float] {
      let rows = try file.floats(name).shape
      guard rows.count == 3, rows[1] <= x.shape[1], rows[2] == x.shape[2] else {
        throw Problem("'\(name)' has the shape \(rows)", at: file.path)
      }
      return Array(x.values.prefix(rows[1] * rows[2]))
    }
    let latents = try pipeline.latents(
      request, noise: noise, prompt: prompt, negative: negative,
      imageTokens: try given ?? pipeline.imageTokens(request))
    let y = pipeline.pixels(latents), s = y.shape
    // [T,3,H,W] in 0…1.
    let frames = Layout.channelsFirst(y.reshaped([s[1], 1, s[2], s[3], 3])).values.map { $0 / 2 + 0.5 }
    return [
      try Parity.row("prompt_embeds", front(prompt, "prompt_embeds"), file),
      try Parity.row("negative_prompt_embeds", front(negative, "negative_prompt_embeds"), file),
      try Parity.row("timesteps", scheduler.timesteps, file), try Parity.row("sigmas", scheduler.sigmas, file),
      try Parity.row("final_latents", Layout.channelsFirst(latents).values, file),
      try Parity.row("frames", frames, file),
    ]
  }

  /// What was asked for, from a Python dictionary or JSON.
  private static func call(_ file: Safetensors) throws -> WanPipeline.Request {
    let text = file[metadata: "call"] ?? ""
    func word(_ key: String) -> String? {
      for quote in ["'", "\""] {
        guard let range = text.firstRange(of: "\(quote)\(key)\(quote):") else { continue }
        let rest = text[range.upperBound...].drop { $0 == " " }
        if let open = rest.first, open == "'" || open == "\"" {
          return String(rest.dropFirst().prefix { $0 != open })
        }
        return String(rest.prefix { $0 != "," && $0 != "}" })
      }
      return nil
    }
    var r = WanPipeline.Request()
    guard let frames = word("num_frames").flatMap({ Int($0) }), let width = word("width").flatMap({ Int($0) }),
      let height = word("height").flatMap({ Int($0) }), let steps = word("num_inference_steps").flatMap({ Int($0) }),
      let guidance = word("guidance_scale").flatMap({ Double($0) }), let prompt = word("prompt"),
      (1...1000).contains(steps)
    else {
      throw Problem(
        "the metadata 'call' does not say what was asked for", at: file.path,
        expected: "prompt, negative_prompt, width, height, num_frames, num_inference_steps, guidance_scale",
        fix: "make the case again with Tests/Interop/make_wan_family.py")
    }
    (r.frames, r.width, r.height, r.steps, r.guidance) = (frames, width, height, steps, guidance)
    (r.prompt, r.negative) = (prompt, word("negative_prompt") ?? "")
    r.lowGuidance = word("guidance_scale_2").flatMap { Double($0) }
    return r
  }
}

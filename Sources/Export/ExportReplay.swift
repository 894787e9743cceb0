import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors

/// A stored batch with our output: whoever loads the weights can see whether their forward pass is ours. Shapes are
/// diffusers': `hidden_states` [2,C,F,H,W], `timestep` [2,N] (1000·σ a token), `encoder_hidden_states` [2,L,E],
/// `output` [2,C,F,H,W]; of a model that looks at pictures `encoder_hidden_states_image` [2,S,E].
package enum ExportReplay {
  package static let fileName = "replay.safetensors"
  /// Largest max|a−b| / max|b| between what is stored and what the reopened folder computes.
  package static let tolerance = 1e-6

  /// Writes the batch. The first sample is equally noisy throughout; the second has its first group clean, as in
  /// continuing.
  package static func write(_ model: WorldModel, text: Tensor, to folder: String) throws {
    let spec = model.spec, c = model.compute
    let (x, image) = input(spec, batch: 2, lane: 1, on: c)
    let actions = actions(spec, batch: 2, on: c)
    let tokens = spec.transformer.patch.grid(x.shape).tokens, group = tokens / spec.groups
    let timesteps = Tensor(
      (0..<2 * tokens).map { $0 < tokens ? 700 : $0 - tokens < group && spec.groups > 1 ? 0 : 400 }, [2, tokens], on: c)
    let output = WorldTransformer(spec.transformer.exact, model.parameters)(
      x, timesteps: timesteps, text: text, image: image, actions: perToken(actions, tokens, on: c))
    try Tensor.write(
      [
        ("hidden_states", Layout.channelsFirst(x)), ("timestep", timesteps), ("encoder_hidden_states", text),
        ("output", Layout.channelsFirst(output)),
      ] + (image.map { [(imageName, $0)] } ?? [])
        + zip(spec.actions, actions).map { (actionsName + $0.name, $1) },
      to: folder + "/" + fileName)
  }

  private static let imageName = "encoder_hidden_states_image"
  /// Before a space's name: what its embedder is given [2,G,inputs].
  private static let actionsName = "actions."

  /// Noise in the place of actions.
  private static func actions(_ spec: WorldModel.Spec, batch: Int, on compute: Compute) -> [Tensor] {
    spec.transformer.actions.enumerated().map { i, input in
      let values = Tensor(undefined: [batch, spec.groups, input.width], on: compute)
      Random(seed: 0x0E58, lane: 5 + i).fillNormal(values, .action)
      return values
    }
  }

  /// Of groups of tokens, for a model that is given a noise level a token.
  private static func perToken(_ actions: [Tensor], _ tokens: Int, on compute: Compute) -> [Tensor] {
    actions.map { given in
      let (b, g, n) = (given.shape[0], given.shape[1], given.shape[2]), values = given.values
      return Tensor(
        (0..<b * tokens).flatMap { i -> ArraySlice<Float> in
          let row = i / tokens * g + i % tokens / (tokens / g)
          return values[row * n..<(row + 1) * n]
        }, [b, tokens, n], on: compute)
    }
  }

  /// Noise in the place of latents and whatever stands beside them, and in that of a picture's tokens.
  package static func input(
    _ spec: WorldModel.Spec, batch: Int, lane: Int, on compute: Compute
  ) -> (x: Tensor, image: Tensor?) {
    let t = spec.transformer,
      x = Tensor(
        undefined: Shape(latentShape(spec, batch: batch).sizes.dropLast() + [t.inChannels]), on: compute)
    Random(seed: 0x0E58, lane: lane).fillNormal(x, .evaluation)
    guard let width = t.imageDim else { return (x, nil) }
    // As many as the family's image encoder gives of a picture, where the model does not say.
    let image = Tensor(undefined: [batch, t.imagePositions ?? CLIPVisionConfig().tokens, width], on: compute)
    Random(seed: 0x0E58, lane: lane).fillNormal(image, .picture)
    return (x, image)
  }

  /// Replays the stored batch. - Returns: max|a−b| / max|b| of the output.
  /// - Throws: `Problem` past the tolerance, or when the file is damaged or does not fit the model.
  @discardableResult
  package static func check(_ model: WorldModel, in folder: String) throws -> Double {
    let file = try Safetensors(path: folder + "/" + fileName), spec = model.spec, c = model.compute
    func tensor(_ name: String) throws -> Tensor {
      let (shape, values) = try file.floats(name)
      return Tensor(values, Shape(shape), on: c)
    }
    let x = try tensor("hidden_states"), t = try tensor("timestep"), text = try tensor("encoder_hidden_states"),
      stored = try tensor("output")
    let s = latentShape(spec, batch: 2).sizes.dropLast() + [spec.transformer.inChannels]
    let image = spec.transformer.imageDim == nil ? nil : try tensor(imageName)
    let actions = try spec.actions.map { try tensor(actionsName + $0.name) }
    guard x.shape == Shape([2, s[4], s[1], s[2], s[3]]), t.shape.rank == 2, t.shape[0] == 2, text.shape.rank == 3,
      text.shape[0] == 2, text.shape[2] == spec.transformer.textDim,
      image.map({ $0.shape.rank == 3 && $0.shape[0] == 2 && $0.shape[2] == spec.transformer.imageDim }) ?? true,
      case let last = Layout.channelsLast(x), t.shape[1] == spec.transformer.patch.grid(last.shape).tokens,
      actions.map(\.shape) == spec.transformer.actions.map({ [2, spec.groups, $0.width] })
    else { throw Problem("the stored batch does not fit the model", at: file.path, fix: "export the run again") }
    let output = Layout.channelsFirst(
      WorldTransformer(spec.transformer.exact, model.parameters)(
        last, timesteps: t, text: text, image: image, actions: perToken(actions, t.shape[1], on: c)))
    guard output.count == stored.count else {
      throw Problem(
        "the stored output has \(stored.count) elements, the model gives \(output.count)", at: file.path,
        fix: "export the run again")
    }
    var difference = 0.0, top = 0.0
    for (a, b) in zip(output.values, stored.values) {
      let d = abs(Double(a) - Double(b))
      difference = d.isNaN ? .infinity : max(difference, d)
      top = max(top, abs(Double(b)))
    }
    let relative = difference == 0 ? 0 : difference.isFinite && top > 0 ? difference / top : .infinity
    guard relative <= tolerance else {
      throw Problem(
        "what was written does not compute what the run computes: the stored batch is off by \(relative) of its largest element",
        at: folder,
        expected: "at most \(tolerance)", fix: "check the disk and export again")
    }
    return relative
  }

  package static func latentShape(_ spec: WorldModel.Spec, batch: Int) -> Shape {
    [
      batch, spec.codec.latentFrames(spec.frames), spec.height / spec.codec.space, spec.width / spec.codec.space,
      spec.codec.channels,
    ]
  }
}

/// A short sample with the noise it was drawn from, so that another program's sampler and decoder can be held against
/// ours: `noise` [1,C,F,H,W], `text` [1,L,E], `frames` [T,H,W,3] (0…255); and, where the model continues clips,
/// `continued.noise` and `continued.frames`, which begin with the first `context` of `frames`. No footage is in it:
/// both are the model's own.
package enum ExportExample {
  package static let fileName = "example.safetensors"
  package static let steps = 8

  package static func write(
    _ model: WorldModel, text: Tensor, null: Tensor, to folder: String, onStep: (Int, Int) -> Void
  ) throws {
    let spec = model.spec, c = model.compute,
      settings = SamplerSettings(solver: .euler, steps: steps, guidance: 1, shift: 1, order: .full)
    let sampler = Sampler(spec.transformer.exact, model.parameters, spec.objective, settings),
      shape = ExportReplay.latentShape(spec, batch: 1)
    let known = spec.groups(of: spec.context), passes = known > 0 ? 2 : 1
    // No action is given, which the model knows too.
    let without =
      spec.takesActions
      ? spec.actionInputs([try spec.track(nil, frames: spec.frames, at: fileName)], on: c) : []
    func draw(_ x: Tensor, _ known: Int, _ pass: Int) throws -> [UInt8] {
      model.coder.decode(
        try sampler.draw(x, known: known, text: text, null: null, actions: without) { done, steps in
          onStep(pass * steps + done, passes * steps)
        })
    }
    func pixels(_ bytes: [UInt8]) -> Tensor {
      Tensor(bytes.map { Float($0) }, [spec.frames, spec.height, spec.width, 3], on: c)
    }
    let noise = Tensor(undefined: shape, on: c)
    Random(seed: 0x0E58, lane: 2).fillNormal(noise, .sample)
    let frames = try draw(noise, 0, 0)
    var items = [("noise", Layout.channelsFirst(noise)), ("text", text), ("frames", pixels(frames))]
    if known > 0 {
      let fresh = Tensor(undefined: shape, on: c)
      Random(seed: 0x0E58, lane: 3).fillNormal(fresh, .sample)
      let clean = WorldModel.withPointers([frames]) {
        model.coder.encode($0, frames: spec.frames, height: spec.height, width: spec.width)
      }
      let x = fresh.copy(), front = x.count / spec.groups * known
      x.withElements { x in clean.withElements { c in for i in 0..<front { x[i] = c[i] } } }
      items += [("continued.noise", Layout.channelsFirst(fresh)), ("continued.frames", pixels(try draw(x, known, 1)))]
    }
    let metadata = [
      ("solver", "euler"), ("steps", String(steps)), ("guidance", "1"), ("shift", "1"),
      ("context", String(spec.context)),
      ("sigmas", "1 - i/steps for i = 0…steps; known groups stay at 0"),
    ]
    try Tensor.write(items, metadata: metadata, to: folder + "/" + fileName)
  }
}

extension Tensor {
  /// Several tensors as one safetensors file.
  package static func write(_ items: [(String, Tensor)], metadata: [(String, String)] = [], to path: String) throws {
    func all(_ rest: ArraySlice<(String, Tensor)>, _ done: [Safetensors.Item]) throws {
      guard let (name, tensor) = rest.first else {
        return _ = try Safetensors.write(done, metadata: metadata, to: path)
      }
      try tensor.withElements {
        try all(rest.dropFirst(), done + [Safetensors.Item(name, tensor.shape.sizes, UnsafeBufferPointer($0))])
      }
    }
    try all(items[...], [])
  }
}

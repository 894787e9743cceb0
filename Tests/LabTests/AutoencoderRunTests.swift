import Bench
import Clips
import Consent
import Diffusion
import Export
import Files
import Foundation
import Frames
import Media
import Models
import Runs
import Tensors
import TestKit
import Testing
import Training

/// A run on an autoencoder's latents, and what is kept of them.
@Suite(.serialized) struct AutoencoderRunTests {
  private func words(_ place: String, _ more: [String] = []) -> [String] {
    [
      "name=latent", "codec={kind: wan, from: \(place)}", "window=9", "model.patch=[1, 2, 2]", "levels.prefix_frames=5",
      "train.steps=4", "train.accumulate=1", "record.checkpoint=2", "record.evaluate=2",
    ] + more
  }
  private var vae: String { Fixture.path("family/pipeline-experts/vae") }

  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  /// With what was kept, without, and stopped at every checkpoint: the same bits. A run is its autoencoder's weights,
  /// wherever they lie.
  @Test func trainsAndResumes() throws {
    let minute = try Minute(), words = words(vae)
    let whole = try minute.training(words).run(until: Interruption(listening: false))
    let spec = try whole.spec
    #expect(spec.groups == 3 && spec.codec.channels == 4 && spec.context == 5)
    #expect(spec.codec.from == nil && whole.experiment.codec.identity?.count == 64)
    let cache = ContentCache(runs: minute.scratch("runs"), limit: .max), kept = cache.entries().count
    #expect(kept > 8)
    // Again, from what was kept.
    try FileManager.default.removeItem(atPath: whole.folder)
    let again = try minute.training(words).run(until: Interruption(listening: false))
    #expect(try again.name == whole.name && minute.hashes(again) == minute.hashes(whole))
    #expect(cache.entries().count == kept)
    // Elsewhere, nothing kept, in parts.
    let moved = minute.scratch("moved")
    try FileManager.default.copyItem(atPath: vae, toPath: moved)
    let asked = Interruption(listening: false)
    asked.ask()
    for _ in 0..<2 { _ = try? minute.training(self.words(moved), runs: "parts").run(until: asked) }
    var options = minute.options("parts")
    options.cacheBytes = 0
    let parts = try Training(
      try minute.experiment(self.words(moved)), options, observing: EvaluationRound.init,
      on: minute.compute, minute.quiet
    ).run(until: Interruption(listening: false))
    #expect(try parts.name == whole.name && minute.hashes(parts) == minute.hashes(whole))
  }

  /// Damaged entries are made again; a full cache loses what was not read for longest; no room keeps nothing.
  @Test func whatIsKeptIsChecked() throws {
    let scratch = try Scratch(), cache = ContentCache(runs: scratch("runs"), limit: 3000)
    func keep(_ content: String, _ key: String, _ count: Int = 100) throws {
      try (0..<count).map { Float($0) }.withUnsafeBufferPointer {
        try cache.keep($0, [1, count], content: content, key: key, [("units", "tests")])
      }
    }
    let a = String(repeating: "a", count: 64), b = String(repeating: "b", count: 64),
      one = ContentCache.key(["one"]), two = ContentCache.key(["two"])
    #expect(one != two && ContentCache.key(["o", "ne"]) != one)
    try keep(a, one)
    #expect(cache.floats(content: a, key: one)?.values == (0..<100).map { Float($0) })
    #expect(cache.floats(content: a, key: two) == nil && cache.floats(content: b, key: one) == nil)
    let path = try #require(cache.entries().first?.path)
    var bytes = try Data(Disk.read(path))
    bytes[bytes.count - 5] ^= 1
    try Disk.write(bytes, to: path)
    #expect(cache.floats(content: a, key: one) == nil && cache.entries().isEmpty)
    // Another entry under its name is not taken for it.
    try keep(a, one)
    try keep(b, two)
    let paths = cache.entries().map(\.path)
    try FileManager.default.removeItem(atPath: paths[0])
    try FileManager.default.copyItem(atPath: paths[1], toPath: paths[0])
    #expect(cache.floats(content: a, key: one) == nil)
    for i in 0..<12 { try keep(b, ContentCache.key(["\(i)"])) }
    #expect(cache.entries().reduce(0) { $0 + $1.bytes } <= 3000)
    try keep(b, ContentCache.key(["large"]), 1000)
    #expect(cache.entries().allSatisfy { $0.bytes < 1000 })
    #expect(cache.forget([b]) > 0 && cache.entries().isEmpty)
    try Disk.write("in the way", to: scratch("other/.cache"))
    let blocked = ContentCache(runs: scratch("other"), limit: 3000)
    let said = try problem {
      try [Float](repeating: 0, count: 9).withUnsafeBufferPointer {
        try blocked.keep($0, [9], content: a, key: one, [])
      }
    }
    #expect(said.fix != nil)
  }

  /// What was made of a clip goes with its grant.
  @Test func aWithdrawnGrantRemovesWhatWasMade() throws {
    let minute = try Minute(), cache = ContentCache(runs: minute.scratch("runs"), limit: .max)
    _ = try minute.training(words(vae, ["train.steps=20"])).run(until: Interruption(listening: false))
    let before = Set(cache.entries().map(\.content))
    try DepartureTests.shorten(minute) { $0.set("permits", []) }
    _ = try minute.training(words(vae, ["train.steps=1", "name=after"])).run(until: Interruption(listening: false))
    let few = Set(
      try Dataset(path: minute.scratch("worlds.h5")).clips.filter { DepartureTests.few.contains($0.id) }.map {
        String($0.framesSHA256.prefix(32))
      })
    #expect(few.count == DepartureTests.few.count && !before.isDisjoint(with: few))
    #expect(Set(cache.entries().map(\.content)).isDisjoint(with: few))
  }

  /// An autoencoder that changed, is missing, or does not fit the window is one message.
  @Test func badInputIsRefused() throws {
    let minute = try Minute(), run = try minute.training(words(vae)).run(until: Interruption(listening: false))
    let changed = minute.scratch("changed")
    try FileManager.default.copyItem(atPath: vae, toPath: changed)
    let weights = changed + "/diffusion_pytorch_model.safetensors"
    var bytes = try Data(Disk.read(weights))
    bytes[bytes.count - 1] ^= 0x10
    try Disk.write(bytes, to: weights)
    // Another run: another autoencoder.
    #expect(try minute.training(words(changed)).run(until: Interruption(listening: false)).name != run.name)
    let named = ["codec.identity=\(run.experiment.codec.identity ?? "")"]
    #expect(try problem { _ = try minute.training(words(changed, named)) }.expected?.count == 64)
    #expect(try problem { _ = try minute.training(words(minute.scratch("nothing"))) }.place != nil)
    #expect(try problem { _ = try minute.training(words(vae, ["window=8"])) }.what.contains("8 frames"))
    #expect(try problem { _ = try minute.training(["codec={kind: wan}"]) }.fix?.contains("codec") == true)
    // Its export says which one it needs.
    let home = HomeFolder(minute.scratch("home")), out = minute.scratch("export")
    #expect(try Export(run, out: out, home: home).write(on: minute.compute, minute.quiet).replay <= 1e-6)
    let said = try problem { _ = try ExportedModel.open(out, on: minute.compute) }
    #expect(said.fix?.contains("--autoencoder") == true)
    let opened = try ExportedModel.open(out, autoencoder: vae, on: minute.compute).model
    #expect(opened.parameters.valuesHash == (try run.model(on: minute.compute).parameters.valuesHash))
  }
}

import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Media
import Models
import Provenance
import Runs
import TestKit
import Testing

/// The way of somebody with footage of their own, who types what the program says comes next.
@Suite(.serialized) struct OwnFootageTests {
  /// A folder with films whose names shells trip over, and the experiment made small.
  private struct Desk {
    let scratch: Scratch
    var home: String { scratch("home") }

    init(films: Int = 3) throws {
      scratch = try Scratch()
      for k in 0..<films {
        let frames = 27, side = 32
        let pixels = (0..<frames * side * side).flatMap { i -> [UInt8] in
          let (t, x, y) = (i / (side * side), i % side, i / side % side)
          let isDisc = (x - (t + 7 * k) % side) * (x - (t + 7 * k) % side) + (y - 16) * (y - 16) < 36
          return isDisc ? [220, UInt8(60 + 60 * (k % 3)), 40] : [40, UInt8(3 * x), 90]
        }
        try VideoWriter.write(
          Frames(count: frames, height: side, width: side, pixels: pixels, fps: FrameRate(12)),
          to: scratch("bob's footage/shot \(k).mp4"), options: .init(crf: 8))
      }
      try Disk.write(
        """
        name: own-footage
        data: [{path: ../own-footage.h5}]
        window: 16
        consent: {unsigned: [own-work]}
        model: {dim: 32, heads: 2, layers: 1, ffn: 64, patch: [4, 2, 2], freq_dim: 32}
        codec: {space: 4}
        levels: {prefix_share: 0.5, prefix_frames: 4}
        text: {tokens: 4, width: 16}
        train: {steps: 4, batch: 2, rate: 1.0e-3, warmup: 2, ema: 0.9}
        record: {evaluate: 2, sample: 0, checkpoint: 2, keep: 1}
        sampler: {steps: 2}
        """, to: scratch("experiments/own-footage.yaml"))
    }

    /// A line as it is typed, in a shell that finds the program on its path.
    func type(_ line: String, _ place: SourceLocation = #_sourceLocation) throws -> Outcome {
      let process = Process(), out = try Scratch(), binary = try orreryBinary() as NSString
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", line + " >'\(out("out"))' 2>'\(out("err"))'"]
      process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
      process.environment = ProcessInfo.processInfo.environment.merging([
        "PATH": binary.deletingLastPathComponent + ":/usr/bin:/bin", "ORRERY_HOME": home,
        "SWIFT_BACKTRACE": "enable=no",
      ]) { $1 }
      try process.run()
      process.waitUntilExit()
      return Outcome(
        code: process.terminationStatus, exited: process.terminationReason == .exit,
        out: try Disk.readText(out("out")), err: try Disk.readText(out("err")))
    }

    /// Types a line that should do its work. - Returns: what it says comes next, the usual way first.
    @discardableResult func follow(_ line: String?, _ place: SourceLocation = #_sourceLocation) throws -> [String] {
      let line = try #require(line, "nothing was said to come next", sourceLocation: place)
      let told = try type(line)
      #expect(told.exited && told.code == 0, "\(line)\n\(told.everything)", sourceLocation: place)
      return Self.next(told)
    }

    static func next(_ told: Outcome) -> [String] {
      told.err.split(separator: "\n").compactMap { line in
        ["next:  ", "  or:  "].first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) }
      }
    }

    func refuses(_ line: String, _ code: Int32, _ words: [String], _ place: SourceLocation = #_sourceLocation) throws {
      let told = try type(line)
      #expect(told.exited && told.code == code, "\(line)\n\(told.everything)", sourceLocation: place)
      for word in words {
        #expect(told.err.contains(word), "'\(word)' is not said: \(told.everything)", sourceLocation: place)
      }
    }

    /// Imported at a size the small model takes.
    func imported(_ out: String = "'my reel.h5'") throws -> String? {
      try follow("orrery dataset import \"bob's footage\" --out \(out) --size 32x32 --window 12").first
    }

    func manifest(_ name: String) throws -> Manifest { try Manifest(path: scratch(name)) }
  }

  /// From films to a model in a folder, by the lines that are printed and no editor.
  @Test func everyNextStepWorks() throws {
    let desk = try Desk(), initialise = try desk.imported()
    #expect(initialise == "orrery consent init 'my reel.h5' --grant own-work")
    let check = try desk.follow(initialise).first, manifest = try desk.manifest("my reel.optin.json")
    #expect(manifest.assets.count == 6 && manifest.assets.allSatisfy { $0.grants == ["g1"] })
    #expect(manifest.grants.map(\.id) == ["g1"] && manifest.grants[0].faults.isEmpty && !manifest.grants[0].commercial)
    #expect(manifest.licensor.id == NSUserName())
    #expect(check == "orrery consent check 'my reel.h5' --unsigned own-work")
    // The window of 16 does not fit clips of 12, so the line shortens it.
    let train = try desk.follow(check).first
    #expect(train?.contains("experiments/own-footage.yaml --set") == true && train?.contains("window=12") == true)
    let after = try desk.follow(train), run = try #require(try runs(desk).first)
    #expect(after == ["orrery bench \(run)", "orrery export \(run) --out own-footage-model"])
    #expect(try desk.follow(after[0] + " --steps 1").first == after[1])
    let score = try desk.follow("orrery sample \(run)").first
    let scored = try desk.type(try #require(score))
    #expect(scored.code == 0 && scored.out.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(scored.everything)")
    try desk.follow(desk.follow(after[1]).first)

    // Another seed: the first run is there to be compared with, by the losses both have.
    let again = try desk.follow(try #require(train) + " --set seed=1")
    let second = try #require(try runs(desk).first { $0 != run })
    #expect(again.last == "orrery compare \(run) \(second)" && again.contains { $0.contains("\(second)-model") })
    let compared = try desk.type(again[2])
    #expect(compared.code == 0 && compared.out.contains("held_out_loss"), "\(compared.everything)")
    #expect(compared.out.contains("held-out losses alone"), "\(compared.out)")
  }

  private func runs(_ desk: Desk) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: desk.scratch("experiments/runs")).sorted()
  }

  /// Scenes of ours say nothing of a model of other footage: whoever wants them asks, and the card keeps silent.
  @Test func aBenchOfScenesItNeverSawHasToBeAskedFor() throws {
    let desk = try Desk()
    try desk.follow(desk.follow(desk.imported("own-footage.h5")).first)
    let lines = try desk.follow("orrery finetune experiments/own-footage.yaml --set window=12"), run = try runs(desk)[0]
    let footage = try desk.type("orrery bench \(run) --steps 1 --out held")
    #expect(footage.code == 0 && footage.everything.contains("footage/1"), "\(footage.everything)")
    #expect(footage.out.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(footage.out)")
    let asked = try desk.type("orrery bench \(run) --scenario projectile --count 2 --steps 1")
    #expect(asked.code == 0 && asked.everything.contains("not what it saw"), "\(asked.everything)")
    #expect(asked.out.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(asked.out)")
    try desk.follow("orrery bench \(run) --unseen-scenes --scenario projectile --count 2 --steps 1 --out elsewhere")
    try desk.follow(lines.last)
    let card = try Disk.readText(desk.scratch("own-footage-model/README.md"))
    #expect(card.contains("Held-out loss") && card.contains("No suite") && !card.contains("physics_tol5"))
    // An export does not say what it was trained on.
    try desk.refuses("orrery bench own-footage-model --out b", 2, ["--unseen-scenes"])
  }

  @Test func someClipsAreGrantedByPattern() throws {
    let desk = try Desk()
    _ = try desk.imported()
    let draft = try desk.type("orrery consent init 'my reel.h5' --licensor 'A Studio'")
    #expect(draft.code == 0 && Desk.next(draft).isEmpty && draft.out.contains("grants nothing yet"))
    let path = desk.scratch("my reel.optin.json")
    try desk.refuses("orrery consent grant 'my reel.optin.json' --grant g1 --all", 1, ["states no grant", "x-example"])
    try Disk.edit(path) { $0.set("grants", [$0["x-example-grant"] ?? [:]]) }
    try desk.refuses("orrery consent sign 'my reel.optin.json'", 1, ["no key"])
    try desk.follow("orrery consent keygen")
    try desk.refuses("orrery consent sign 'my reel.optin.json'", 1, ["grants nothing", "--grant g1 --all", "--empty"])
    try desk.refuses(
      "orrery consent grant 'my reel.optin.json' --grant g2 --all", 1, ["no grant 'g2'", "did you mean 'g1'"])
    try desk.refuses(
      "orrery consent grant 'my reel.optin.json' --grant g1 --clip 'shot 1_0000' 'shot 1_0009'", 1,
      ["shot 1_0009", "did you mean 'shot 1_0000'"])
    try desk.refuses("orrery consent grant 'my reel.optin.json' --grant g1", 2, ["--all"])
    #expect(try desk.manifest("my reel.optin.json").coveredClips == 0)
    let one = try desk.type("orrery consent grant 'my reel.optin.json' --grant g1 --clip 'shot 1_*'")
    #expect(one.code == 0 && one.out.contains("granted g1 for 2 of 6 clips"), "\(one.everything)")
    let more = try desk.type("orrery consent grant 'my reel.optin.json' --grant g1 --clip '*_0000'")
    #expect(more.out.contains("for 2 of 6 clips; 1 more had it before"), "\(more.everything)")
    let trust = try desk.follow("orrery consent sign 'my reel.optin.json'").first
    let signed = try desk.manifest("my reel.optin.json")
    // Whoever is named, and not by a key, needs the signer to speak for that name.
    #expect(trust?.hasSuffix("--name default --speaks-for 'A Studio'") == true, "\(trust ?? "")")
    let verify = try desk.follow(trust).first
    #expect(verify == "orrery consent verify 'my reel.optin.json'")
    let check = try desk.follow(verify).first
    #expect(check == "orrery consent check 'my reel.h5'")
    try desk.follow(check)

    // Granting more of what was signed makes the next version, which counts when it is signed again.
    let again = try desk.type("orrery consent grant 'my reel.optin.json' --grant g1 --all")
    #expect(again.code == 0 && again.err.contains("signed again"), "\(again.everything)")
    #expect(Desk.next(again) == ["orrery consent sign 'my reel.optin.json' --again"])
    let next = try desk.manifest("my reel.optin.json")
    #expect(next.version == signed.version + 1 && next.supersedes == "sha256:" + signed.sha256)
    try desk.refuses("orrery consent check 'my reel.h5' --unsigned own-work", 1, ["no clip may be used"])
    #expect(try desk.follow(Desk.next(again).first).first == "orrery consent verify 'my reel.optin.json'")
    let all = try desk.type("orrery consent check 'my reel.h5' --json")
    #expect(try JSON.parse(all.out.trimmingCharacters(in: .newlines), at: "check")["admitted"] == 6)
    let nothing = try desk.type("orrery consent grant 'my reel.optin.json' --grant g1 --all")
    #expect(nothing.code == 0 && nothing.out.contains("nothing was written"))
    #expect(try desk.manifest("my reel.optin.json").version == next.version)
  }

  @Test func theTermsAreWhatWasSaid() throws {
    let desk = try Desk(films: 1)
    _ = try desk.imported("reel.h5")
    try desk.refuses("orrery consent init reel.h5", 2, ["--licensor", "--grant own-work"])
    try desk.refuses("orrery consent init reel.h5 --grant licence", 2, ["--licensor"])
    try desk.refuses("orrery consent init reel.h5 --licensor me --commercial", 2, ["--grant"])
    try desk.refuses("orrery consent init reel.h5 --grant own-work --until 2001-01-01T00:00:00Z", 2, ["--until"])
    try desk.refuses("orrery consent init reel.h5 --grant own-wrok", 2, ["own-work"])
    try desk.refuses("orrery consent init reel.h5 --grant own-work --deny evaluate", 2, ["allow and deny evaluate"])
    try desk.refuses("orrery consent init reel.h5 --grant own-work --clip 'shoot*'", 1, ["no clip is called 'shoot*'"])
    #expect(!Disk.exists(desk.scratch("reel.optin.json")))
    let line =
      "orrery consent init reel.h5 --grant licence --licensor 'A Studio' --clip '*_0001' --actions fine-tune --commercial"
      + " --purpose research previz --until 2099-01-01T00:00:00Z --weights open"
    let check = try desk.follow(line).first, manifest = try desk.manifest("reel.optin.json"), grant = manifest.grants[0]
    #expect(manifest.assets.map(\.grants) == [[], ["g1"]] && manifest.licensor.id == "A Studio")
    #expect(
      grant.basis == .licence && grant.actions == ["fine-tune"] && grant.purpose == ["research", "previz"]
        && grant.commercial && grant.until == Moment("2099-01-01T00:00:00Z") && grant.derivatives?.weights == .open)
    #expect(check == "orrery consent check reel.h5 --unsigned licence")
    try desk.follow(check)
  }

  /// Whose own key is at hand is sent to sign with it; whose is not, to nobody.
  @Test func aLicensorWithAKeySignsNext() throws {
    let desk = try Desk(films: 1)
    _ = try desk.imported("reel.h5")
    let made = try desk.type("orrery consent keygen --name studio --json")
    let did = try #require(try JSON.parse(made.out.trimmingCharacters(in: .newlines), at: "keygen")["did"]?.string)
    let sign = try desk.follow("orrery consent init reel.h5 --grant own-work --licensor \(did)").first
    #expect(sign == "orrery consent sign reel.optin.json --key studio")
    let trust = try desk.follow(sign).first
    #expect(trust == "orrery consent trust \(did) --name studio")
    let check = try desk.follow(desk.follow(trust).first).first
    #expect(check == "orrery consent check reel.h5")
    let train = try desk.follow(check).first
    try desk.follow(train)
    let other = try SigningKey(.ed25519).did
    let theirs = try desk.type("orrery consent init reel.h5 --grant own-work --licensor \(other) --out theirs.json")
    #expect(theirs.code == 0 && Desk.next(theirs).isEmpty, "\(theirs.everything)")
  }

  @Test func sizesSayWhatAModelNeeds() throws {
    let desk = try Desk(films: 1)
    try desk.refuses("orrery dataset import \"bob's footage\" --out a.h5 --size 112by64", 2, ["WIDTHxHEIGHT"])
    try desk.refuses("orrery dataset import \"bob's footage\" --out a.h5 --size 20000x70", 2, ["16384x64"])
    let told = try desk.type("orrery dataset import \"bob's footage\" --out a.h5 --size 30×20 --window 12")
    #expect(told.code == 0 && told.out.contains("--size 32x16"), "\(told.everything)")
    #expect(
      told.out.contains("30×20")
        && told.out.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("12 fits 1, 2 and 4"),
      "\(told.out)")
    try desk.follow("orrery consent init a.h5 --grant own-work")
    let check = try desk.type("orrery consent check a.h5 --unsigned own-work")
    #expect(check.code == 0 && check.err.contains("--size 32x24") && Desk.next(check).isEmpty, "\(check.everything)")
    try desk.refuses(
      "orrery finetune experiments/own-footage.yaml --set window=12 --set data.0.path=../a.h5", 1, ["--size 32x24"])
  }

  /// The one in the repository reads, and takes what its header says to import.
  @Test func theExperimentTakesWhatItsHeaderImports() throws {
    let path = Repository.path("experiments/own-footage.yaml")
    let experiment = try Experiment(path: path), header = try Disk.readText(path)
    #expect(header.contains("--size 112x64 --window 16"))
    let shape = try experiment.codec.latentShape(
      frames: experiment.window, height: 64, width: 112, patch: experiment.model.patch, at: path)
    #expect(shape == (16 / experiment.codec.time, 8, 14) && experiment.window == 16)
  }
}

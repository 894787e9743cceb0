import Bench
import Clips
import Diffusion
import Files
import Foundation
import Lab
import Measures
import Pages
import Runs
import Tensors
import TestKit
import Testing
import Training
import Worlds

/// A bench's files as types: subjects, notes and stamps are written as they always were, and files of before are read.
@Suite struct BenchDocumentTests {
  /// A result as it has always been written: a moving clip's number, a control that could not be made, one of a version
  /// this one does not know.
  private static let result = """
    {"orrery":"bench/1","suite":"wm-eval/1","protocol":{"suite":"wm-eval/1","fps":"10/1","frames":12,"metrics":["vbench_temporal_flickering/2","psnr/1"],"primary":["psnr"],"lens":"new"},"subject":{"name":"a","weights_sha256":"ab","model":{"dim":8}},"metrics":[{"name":"vbench_temporal_flickering","unit":"share","better":"higher"},{"name":"psnr","unit":"dB","better":"higher"},{"name":"area","unit":"","better":null}],"subjects":[{"name":"model","control":false,"video":"a.mp4","note":null,"instances":[{"id":"0","scenario":"pan","cell":"id-val","values":{"area":1.0,"psnr":20.5,"vbench_temporal_flickering":0.75},"notes":{"vbench_temporal_flickering":"moving"}},{"id":"1","scenario":"pan","cell":"ood-r-lo","values":{"psnr":null,"vbench_temporal_flickering":0.5},"notes":{"psnr":"moving pictures are no reason","vbench_temporal_flickering":"static"}}]},{"name":"model, best of 4","control":false,"video":null,"note":null,"instances":[{"id":"0","scenario":"pan","cell":"id-val","values":{}},{"id":"1","scenario":"pan","cell":"ood-r-lo","values":{}}]},{"name":"ground-truth","control":true,"video":null,"note":"gone","instances":[{"id":"0","scenario":"pan","cell":"id-val","values":{}},{"id":"1","scenario":"pan","cell":"ood-r-lo","values":{}}]},{"name":"mirrored","control":true,"video":null,"note":null,"instances":[{"id":"0","scenario":"pan","cell":"id-val","values":{}},{"id":"1","scenario":"pan","cell":"ood-r-lo","values":{}}]}],"film":{"file":"a.mp4","subjects":["model","ground-truth","mirrored"],"scenes":["0"],"width":8,"height":8,"step_x":9,"step_y":9,"frames":12,"given":4,"fps":"10/1"},"notes":["n"],"remarks":["On psnr, the model beats mirrored.","Something else."]}
    """

  @Test func anOldResultReadsAndComesBack() throws {
    let result = try BenchResult(try JSON.parse(Self.result, at: "old"), at: "old")
    // A number that was not finite is null, read as absent.
    #expect(
      JSON.line(result.value)
        == Self.result.replacingOccurrences(of: #""psnr":null,"vbench"#, with: #""vbench"#))
    #expect(
      result.subjects.map(\.role) == [.model, .best(of: 4), .control(.groundTruth), .otherControl("mirrored")])
    #expect(result.film?.subjects == [.model, .control(.groundTruth), .otherControl("mirrored")])
    #expect(result.subjectStamp.weightsHash == "ab" && result.subjectStamp.model == ["dim": 8])
    #expect(result.protocolStamp.metrics.map(\.version) == [2, 1] && result.primaries == ["psnr"])
    #expect(
      result.stamp("vbench_temporal_flickering").description.contains("/2 suite=wm-eval/1 fps=10/1 frames=12 lens="))
    // Not judged is a reason of its own, not a beginning of a sentence.
    let instances = try #require(result.model?.instances), flicker = VBenchTemporalFlickering.name
    #expect(instances[0].notes[flicker] == .notJudged(.moving) && instances[0].judged(flicker) == nil)
    #expect(
      instances[1].judged(flicker) == 0.5 && instances[1].notes["psnr"] == .words("moving pictures are no reason"))
    #expect(instances.map(\.isInDistribution) == [true, false])
    #expect(result.estimate(.model, flicker).n == 1)
    #expect(result.estimate(.control(.groundTruth), "psnr").note == "gone")
  }

  /// Every role's name, by an exhaustive switch, and back.
  @Test func rolesKeepTheirNames() {
    func written(_ role: SubjectRole) -> String {
      switch role {
      case .model: "model"
      case .best(let n): "model, best of \(n)"
      case .control(let control):
        switch control {
        case .groundTruth: "ground-truth"
        case .reencoded: "re-encoded"
        case .constantVelocity: "constant-velocity"
        case .constantAcceleration: "constant-acceleration"
        case .frozen: "frozen"
        case .shuffled: "shuffled"
        case .nearest: "nearest-training"
        case .constantMotion: "constant-motion"
        case .base: "base"
        case .shuffledActions: "shuffled-actions"
        case .zeroActions: "zero-actions"
        }
      case .run(let label), .otherControl(let label): label
      }
    }
    let ofBench: [SubjectRole] =
      [.model, .best(of: 12), .otherControl("mirrored")] + BenchControl.allCases.map { .control($0) }
    for role in ofBench + [.run("A1")] {
      #expect(role.name == written(role) && SubjectRole(role.name, isControl: role.isControl) == role)
    }
    for role in ofBench { #expect(SubjectRole(ofBench: role.name) == role) }
    // What a file says of a subject decides, not the word it is called by.
    #expect(SubjectRole("frozen", isControl: false) == .run("frozen"))
    #expect(SubjectRole("model", isControl: true) == .otherControl("model"))
    #expect(SubjectRole("model, best of 04", isControl: false) == .run("model, best of 04"))
    #expect(ofBench.filter(\.isTruth) == [.control(.groundTruth), .control(.reencoded)])
  }

  @Test func aRecordSaysWhatWasMeasured() throws {
    let measured: [String: Measures.Measurement] = [
      "a": .value(0.5, note: ""), "b": .value(0.5, note: "static"), "c": .notJudged(0.75, .moving),
      "d": .notApplicable("one frame"), "e": .value(.infinity, note: "x"), "f": .notJudged(.nan, .moving),
    ]
    let entry = BenchRecord.Entry(.model, measured)
    var record = try BenchRecord(
      try JSON.parse(
        #"{"id":"0","scenario":"pan","cell":"id-val","subjects":[],"timing":{"measure":0.5}}"#, at: "line"),
      at: "line")
    record.entries = [entry, .mean(.best(of: 2), of: [entry, entry])]
    let notes =
      #""notes":{"b":"static","c":"moving","d":"one frame","e":"it came out as inf","f":"it came out as nan"}"#
    let line =
      #"{"id":"0","scenario":"pan","cell":"id-val","subjects":[{"name":"model","values":{"a":0.5,"b":0.5,"c":0.75},"#
      + notes + #"},{"name":"model, best of 2","values":{"a":0.5,"b":0.5,"c":0.75},"# + notes
      + #"}],"timing":{"measure":0.5}}"#
    #expect(JSON.line(record.value) == line)
    #expect(try BenchRecord(try JSON.parse(line, at: "line"), at: "line") == record)
    // Samples that disagree share no reason: it is said how many have a number.
    var still = entry
    still.notes["c"] = .words("static")
    #expect(BenchRecord.Entry.mean(.model, of: [entry, still]).notes["c"] == .words("2 of 2 samples have it"))
  }

  @Test func stampsAreWrittenAsTheyAlwaysWere() throws {
    let suite = try Suite(
      named: "physics-tiny", scenarios: [.freeFall], cells: [], count: 2, frames: 16, height: 32, width: 32)
    let stamp = Bench(suite, SamplerSettings(), seed: 3, samples: 2).stamp, line = JSON.line(stamp.value)
    #expect(
      line.hasPrefix(
        #"{"suite":"physics-tiny/1","scenarios":["free-fall"],"cells":["free-fall/id-val"],"count":2,"resolution":"32x32","fps":"10/1","frames":16,"conditioning":4,"video":"libx264 crf 16, preset medium, 1 thread, each pixel 4×4","sampling_seeds":[3,4],"sampler":{"solver":"euler","steps":20,"guidance":1.0,"shift":1.0,"order":"full"},"metrics":["physics_tol5/2","validity/2","motion_ratio/1","#
      ))
    #expect(line.hasSuffix(#""psnr/1","ssim/1"],"primary":["physics_tol5","validity"]}"#))
    #expect(stamp.primaries == ["physics_tol5", "validity"] && stamp.metrics.count == BenchJudge.metrics(suite).count)
    let whole = Suite.declaration(.wmEval).primaries.map(\.name)
    #expect(
      whole == [
        "physics_tol5", "validity", "ewarp_gt_excess", "appearance_consistency_hogcolor", "bg_drift_ssim",
        "luma_flicker_d2", "flicker_hf_rms",
      ])
    let paper = try PaperRuns(), run = try paper.run("a")
    let subject = SubjectStamp(
      name: "a", weightsHash: "ab", weights: .ema, step: nil, spec: try run.spec, build: "b", instructions: "avx2")
    #expect(
      (subject.value.fields ?? []).map(\.key) == [
        "name", "weights_sha256", "weights", "step", "parameters", "codec", "model", "build", "instructions",
      ])
    #expect(
      try subject.value["step"] == .null && subject.model == run.spec.value && subject.withoutModel["model"] == nil)
  }

  /// What a bench writes is read without a rest, and written again is the same bytes.
  @Test func aBenchsOwnFilesComeBackAsTheyAre() throws {
    let minute = try Minute()
    let run = try minute.training(["train.steps=2", "record.evaluate=0"]).run(until: Interruption(listening: false))
    var order = BenchOptions()
    (order.suite, order.count, order.samples, order.steps, order.out) = ("wm-eval", 1, 2, 1, minute.scratch("b"))
    (order.scenarios, order.cells) = (["projectile"], ["id-val", "ood-r-lo"])
    let job = try BenchJob(
      reference: run.folder, runs: minute.scratch("runs"), order, home: HomeFolder(minute.scratch("home")),
      on: minute.compute)
    let found = try job.run(minute.quiet), text = try Disk.readText(job.path)
    let read = try BenchResult(path: job.path)
    #expect(JSON.pretty(read.value) == text && read == found.result)
    #expect(BenchFindings(read).furtherRemarks == found.furtherRemarks)
    #expect(found.result.remarks == found.controls.map(\.sentence) + found.furtherRemarks)
    let lines = try Disk.readText(job.file("jsonl")).split(separator: "\n").map(String.init)
    for line in lines.dropFirst() {
      #expect(JSON.line(try BenchRecord(try JSON.parse(line, at: "line"), at: "line").value) == line)
    }
    #expect(lines.count == 3 && read.model?.instances.map(\.isInDistribution) == [true, false])
    // The projectile moves, so VBench's flicker is stated of the truth and not judged.
    let flicker = VBenchTemporalFlickering.name, truth = try #require(read[.control(.groundTruth)])
    #expect(truth.instances.allSatisfy { $0.values[flicker] != nil && $0.notes[flicker] == .notJudged(.moving) })
    #expect(read.estimate(.control(.groundTruth), flicker).text == "n/a (moving)")
    let notebook = try Disk.readText(job.file("ipynb"))
    #expect(notebook.contains(#"not_judged = [\"moving\"]"#) && !notebook.contains(".startswith("))
  }
}

import Bench
import Files
import Foundation
import Testing

/// The contract of DESIGN §9: with `--json` standard output is one line of JSON and nothing else, and exit 0 means
/// done.
@Suite struct CommandLineTests {
  /// Every command that should succeed, and fields its JSON must have. One line a command.
  static let commands: [(line: String, fields: [String])] = [
    ("worlds render --scenario free-fall --count 4 --size 32 --frames 8 --out w.h5", ["dataset", "manifest", "clips"]),
    ("worlds show projectile --size 32 --count 1 --out w.png", ["sheet"]),
    ("dataset import film.mp4 --window 4 --size 32 --out i.h5", ["clips"]),
    ("dataset inspect worlds.h5 --window 12", ["window", "splits", "left_out"]),
    ("consent init worlds.h5 --licensor me --out m.json", ["manifest", "clips", "licensor", "granted"]),
    ("consent init worlds.h5 --grant own-work --out m.json", ["manifest", "clips", "licensor", "granted"]),
    ("consent check worlds.h5 --unsigned own-work", ["admitted"]), ("consent ledger RUN", ["run"]),
    (
      "finetune minute.yaml --dry-run",
      ["run", "steps", "clips", "parameters", "memory_bytes", "disk_bytes", "seconds"]
    ), ("finetune minute.yaml --set train.steps=2 --runs mine", ["run", "folder", "step", "status"]),
    ("finetune minute.yaml --tiny --set train.steps=2 --runs mine", ["run"]),
    ("sample RUN --count 1 --steps 2 --out s", ["videos", "sheet", "frames"]),
    (
      "sample RUN --count 1 --steps 2 --out s --clip worlds.h5 --clip-id projectile/id-val/000000 --unsigned own-work",
      ["videos"]
    ),
    ("bench RUN --count 2 --steps 2 --out b", ["result", "suite", "model", "table", "difference"]),
    ("score film.mp4 worlds.h5", ["items"]),
    ("score film.mp4 --reference film.mp4 --metric ssim --horizon 0.5", ["items"]), ("metrics list", ["metrics"]),
    ("metrics time film.mp4 --metric luma_flicker_d2 --iters 1", ["frames", "metrics"]),
    (
      "metrics calibrate --on film.mp4 --frames 8 --metric psnr --out calibration",
      ["responses", "claims", "violations"]
    ),
    ("parity case", []),
    (
      "perf train --dim 24 --heads 2 --ffn 32 --layers 1 --frames 2 --size 4 --batch 1 --text 4 --text-dim 8 --iters 1",
      [
        "median_ms", "min_ms", "tokens_per_s", "gflop_per_s", "peak_rss_bytes", "threads", "isa", "loss_first",
        "loss_last", "joules_per_step", "energy",
      ]
    ),
    (
      "perf forward --dim 24 --heads 2 --ffn 32 --layers 1 --frames 2 --size 4 --batch 1 --text 4 --text-dim 8 --iters 3 --iters 1",
      ["median_ms", "tokens_per_s"]
    ),
    (
      "perf ops --dim 24 --heads 2 --ffn 32 --layers 1 --frames 2 --size 4 --batch 1 --text 4 --text-dim 8 --seconds 0",
      ["roofline", "ops", "isa", "threads"]
    ),
    (
      "perf loader worlds.h5 --window 12 --seconds 0 --iters 2",
      ["frames_per_s", "mb_per_s", "thread_seconds", "first_read", "chunks_decoded", "cache_bytes"]
    ),
    (
      "perf loader made.h5 --make 32x24 --make-frames 40 --seconds 0 --iters 1 --threads 1 --cache-mib 0",
      ["frames_per_s"]
    ),
    ("perf scaling --tokens 64 128 --dims 64 --dim 64 --layers 1 --iters 1 --out scaling", ["points", "slopes"]),
    ("credentials show film.mp4", ["state", "signer", "manifests", "findings"]),
    ("credentials verify film.mp4", ["state"]), ("credentials init", ["folder", "root"]),
    ("credentials sign film.mp4 --out again.mp4", ["state", "manifests"]),
    ("export RUN --out e", []), ("runs --runs runs", []), ("compare RUN --out c", ["report"]),
  ]

  @Test(arguments: commands.indices) func oneLineOfJSON(_ index: Int) throws {
    let (line, fields) = Self.commands[index], room = try Room(owning: ["runs"])
    let told = try room.orrery(line + " --json")
    #expect(told.exited && told.code == 0, "\(line): \(told.everything)")
    #expect(told.out.hasSuffix("\n") && told.out.dropLast().contains("\n") == false, "\(told.out)")
    let value = try JSON.parse(told.out.trimmingCharacters(in: .newlines), at: line)
    for field in fields { #expect(value[field] != nil, "'\(field)' is missing in \(told.out)") }
    #expect(!room.listing.contains { $0.hasSuffix(".part") || $0.hasSuffix(".writing") })
  }

  /// What to do next is named by a command that leads somewhere, beside its result.
  @Test(arguments: [
    "dataset inspect worlds.h5", "consent init worlds.h5 --grant own-work --out m.json",
    "worlds show projectile --size 32 --count 1 --out w.png",
  ])
  func namesWhatComesNext(_ line: String) throws {
    let told = try Room().orrery(line)
    #expect(told.code == 0 && !told.out.isEmpty && !told.out.contains("next:"), "\(told.everything)")
    #expect(told.err.contains("next:  orrery "), "\(told.everything)")
  }

  /// What people read in a terminal fits one.
  @Test(arguments: [
    ("metrics list", 80), ("score film.mp4 worlds.h5", 80), ("bench RUN --count 2 --steps 2 --out b", 100),
    ("bench RUN --suite wm-eval --count 1 --steps 1 --out b", 100),
  ])
  func fitsATerminal(_ line: String, _ columns: Int) throws {
    let room = try Room(owning: ["runs"])
    let told = try withExtendedLifetime(room) { try room.start(line).outcome(seconds: 300) }
    #expect(told.code == 0, "\(told.everything)")
    let wide = told.out.split(separator: "\n").filter { $0.count > columns }
    #expect(wide.isEmpty && told.out.split(separator: "\n").count > 10, "\(wide.joined(separator: "\n"))")
  }

  @Test func everyCommandHasHelp() throws {
    let room = try Room(), help = try room.orrery("--help").out
    let names = help.split(separator: "\n").filter {
      $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  -") && !$0.hasPrefix("  See")
    }.compactMap { $0.split(separator: " ").first }
    #expect(names.count >= 8)
    for name in names {
      let told = try room.orrery("\(name) --help")
      #expect(told.code == 0 && told.out.contains("USAGE: orrery \(name)") && told.err.isEmpty, "\(name)")
    }
  }
}

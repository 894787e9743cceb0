import Bench
import Runs
import Testing

/// What a training leaves in its folder.
@Suite struct PinRunTests {
  @Test func aTrainingWrites() throws {
    let world = try PinnedWorld(), run = try world.trained(), blank = try world.blank()
    try Pin.expect(try blank.document(run.path("run.json")), "run/run.json")
    try Pin.expect(try blank.lines(run.path("events.jsonl")), "run/events.jsonl.txt")
    try Pin.expect(try blank.ledger(run.path("ledger.jsonl")).joined(), "run/ledger.jsonl.txt")
    // The ledger's head stands in both files, and hangs on times and keys.
    for name in ["weights", "state"] {
      let text = try PinFolder.safetensors(run.path(name + ".safetensors"), without: ["ledger_head"], blank)
      try Pin.expect(text, "run/\(name).safetensors.txt")
    }
    try Pin.expect(try PinFolder.names(run.folder).map { $0 + "\n" }.joined(), "run/files.txt")
  }
}

import ArgumentParser
import Files
import Runs

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "What autoencoders made of clips, kept beside the runs.",
    discussion:
      """
      example: orrery cache --prune-gb 5
      An entry is found by the bytes it was made of and the autoencoder's weights; whatever changes makes another one.
      Entries of clips that nobody grants any more are removed when a training finds out.
      """
  )
  @Option(help: "Remove the entries that were not read for longest until no more than this is left; 0 removes all.")
  var pruneGb: Double?
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func validate() throws {
    if let pruneGb, !(0...1e6).contains(pruneGb) { throw ValidationError("--prune-gb can be 0 to 1000000") }
  }

  func run() throws {
    let cache = ContentCache(runs: runs.runs, limit: .max),
      removed = pruneGb.map { cache.prune(to: Int($0 * 1e9)) } ?? 0
    let entries = cache.entries(), bytes = entries.reduce(0) { $0 + $1.bytes },
      clips = Set(entries.map(\.content)).count
    let value: Value = [
      "folder": .string(cache.folder), "entries": Value(entries.count), "clips": Value(clips), "bytes": Value(bytes),
      "removed": Value(removed),
    ]
    let gone = pruneGb == nil ? "" : "\n\(Text.counted(removed, "entry", "entries")) removed"
    try common.console.result(
      value,
      "\(cache.folder): \(Text.counted(entries.count, "entry", "entries")) of \(Text.counted(clips, "clip")), "
        + "\(Text.bytes(bytes))\(gone)")
  }
}

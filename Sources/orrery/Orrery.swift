import ArgumentParser
import Files
import Foundation
import Media
import Models
import Runs
import Sandbox
import Tensors

@main
struct Orrery: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orrery",
    abstract: "Fine-tune, sample, bench, export and compare video world models, on footage whose owners said yes.",
    version: Build.version,
    subcommands: [
      QuickstartCommand.self, FinetuneCommand.self, WorldsCommand.self, BenchCommand.self, SampleCommand.self,
      ScoreCommand.self,
      MetricsCommand.self, DatasetCommand.self, ConsentCommand.self, CredentialsCommand.self, ParityCommand.self,
      ExportCommand.self, ModelCommand.self, CompareCommand.self, RunsCommand.self, CacheCommand.self, PerfCommand.self,
    ])

  /// What this program does when it is started as a confined child.
  private static var services: [SandboxKind: () -> any SandboxService] {
    [.trial: TrialService.init, .hdf5: HDF5Service.init, .video: VideoService.init, .jpeg: JPEGService.init]
  }

  static func main() {
    if SandboxServer.isAsked(CommandLine.arguments) { SandboxServer.run(services) }
    StandardStream.prepare()
    Foundation.exit(OrreryCall.status(Array(CommandLine.arguments.dropFirst())))
  }
}

/// Options every command has.
struct Common: ParsableArguments {
  @Flag(help: "Print one line of JSON on standard output.") var json = false
  @Option(help: "Threads; results do not depend on it. Default: every core.") var threads: Int?

  var console: Console { Console(json: json) }

  func validate() throws {
    if let threads, !(1...4096).contains(threads) {
      throw ValidationError("\(threads) threads cannot be used; --threads can be 1 to 4096")
    }
  }

  var threadsWanted: Int { threads ?? min(4096, ProcessInfo.processInfo.activeProcessorCount) }

  func compute() throws -> Compute {
    guard let compute = Compute(threads: threadsWanted) else {
      throw Problem.usage(
        "this machine lacks the instruction set that ORRERY_ISA asks for",
        expected: Compute.available.joined(separator: ", "), fix: "unset ORRERY_ISA")
    }
    return compute
  }
}

/// Whose signatures count, and what was taken back.
struct TrustOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Whose keys are believed. Default: trust.json of ORRERY_HOME.", valueName: "file"))
  var trust: String?
  @Option(
    help: ArgumentHelp(
      "A signed revocation list; repeat for several. Lists seen before hold anyway.", valueName: "file"))
  var revocations: [String] = []

  var files: ConsentFiles { ConsentFiles(trust: trust, revocations: revocations) }

  /// As they were given, for the call that comes next.
  var words: [String] { (trust.map { ["--trust", $0] } ?? []) + revocations.flatMap { ["--revocations", $0] } }
}

/// Where a run's data lie now.
struct DataOption: ParsableArguments {
  @Option(help: ArgumentHelp("Data of the run that moved; repeat for several.", valueName: "old=new"))
  var data: [String] = []
}

/// Adapters that are put into the weights of a model for this call.
struct AdapterOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An adapter to put into the weights, in any dialect, and what it counts; repeat for several.",
      valueName: "file[:strength]")) var lora: [String] = []

  func choices() throws -> [AdapterChoice] { try lora.map(AdapterChoice.init) }
}

/// What a dataset does not say itself.
struct ReadOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the file does not say: channels, jpeg_channels, axes, camera, images, actions, fps, range or flip; repeat for several. Kept beside it.",
      valueName: "key=value")) var read: [String] = []

  func reading() throws -> Reading { try Reading(read) }
}

/// What reading a video or a picture may take.
struct DecodeOption: ParsableArguments {
  @Option(
    name: .customLong("decode-limits"),
    help: ArgumentHelp(
      "Let reading a video or picture take this many times the usual memory and time. Default: 1.", valueName: "times"))
  var factor = 1

  var limits: DecodeLimits { DecodeLimits(factor) }

  func validate() throws {
    guard DecodeLimits.factors.contains(factor) else {
      throw ValidationError("\(DecodeLimits.option) is \(factor); it can be 1 to \(DecodeLimits.factors.upperBound)")
    }
  }
}

/// Where runs live.
struct RunsOption: ParsableArguments {
  @Option(help: ArgumentHelp("Folder of runs.", valueName: "dir")) var runs = RunsFolder.usual

  /// As it was given, for the call that comes next.
  var words: [String] { runs == RunsFolder.usual ? [] : ["--runs", runs] }
}

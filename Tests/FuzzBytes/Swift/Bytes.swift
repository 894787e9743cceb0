import CBytes
import Files
import Foundation
import Sandbox

/// `orrery-bytes TARGET [libFuzzer's words]`: one decoder, fed by libFuzzer; `orrery-bytes --seeds DIR FILM` makes what
/// it begins with.
@main enum Bytes {
  /// The first word: libFuzzer's callback is given bytes and nothing else.
  private static let target = CommandLine.arguments.dropFirst().first.flatMap { BytesTarget(rawValue: $0) }

  static func main() {
    var words = CommandLine.arguments
    atexit { Scratch.remove() }
    if words.count == 4, words[1] == "--seeds" {
      do { try Seeds.write(to: words[2], film: words[3]) } catch {
        print("\(error)")
        exit(1)
      }
      exit(0)
    }
    guard target != nil else {
      print("targets: \(BytesTarget.allCases.map(\.rawValue).joined(separator: " "))")
      exit(2)
    }
    words.remove(at: 1)
    var count = Int32(words.count)
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(capacity: words.count + 1)
    for (i, word) in words.enumerated() { list?[i] = strdup(word) }
    list?[words.count] = nil
    exit(
      LLVMFuzzerRunDriver(&count, &list) { bytes, size in
        do { try Bytes.target?.run(UnsafeBufferPointer(start: bytes, count: size)) } catch is Problem {
        } catch is WireReader.Fault {} catch is SandboxMessage.Missing {} catch { abort() }
        return 0
      })
  }
}

import Consent
import Files
import Media

/// What is left of one cap: of one content under one grant, whatever names it has in the dataset.
public struct CapLeft: Sendable, Equatable {
  public let grant: String
  /// SHA-256 of the entry's frames or file.
  public let content: String
  /// Of the dataset, in its order.
  public fileprivate(set) var clips: [String]
  public let cap: Int
  /// Frames that may still be seen of all of them together.
  public let left: Int

  package var text: String {
    let names = clips.prefix(3).map { FieldReader.shortened($0) }.joined(separator: ", ")
    return "cap of '\(FieldReader.shortened(grant))': \(left) of \(Text.counted(cap, "frame")) left, "
      + (clips.count == 1
        ? "for \(names)" : "for \(clips.count) clips of one content together (\(names)\(clips.count > 3 ? ", …" : ""))")
  }

  package var value: Value {
    [
      "grant": .string(grant), "content": .string(content), "clips": .texts(clips), "cap": Value(cap),
      "left": Value(left),
    ]
  }
}

extension Gate {
  /// What is left of every cap that bears on a clip that is admitted, or that only a cap keeps out: once a content.
  public var caps: [CapLeft] {
    var found: [CapLeft] = [], places: [[String]: Int] = [:]
    func add(_ clip: String, _ grant: String, _ content: String, _ left: Int) {
      guard let cap = manifest.grant(grant)?.maxExposures else { return }
      if let place = places[[grant, content]] { return found[place].clips.append(clip) }
      places[[grant, content]] = found.count
      found.append(CapLeft(grant: grant, content: content, clips: [clip], cap: cap, left: max(0, left)))
    }
    for entry in decisions {
      if let terms = entry.decision.terms, let left = terms.remainingExposures {
        add(entry.clip, terms.grant, terms.content, left)
      }
      for reason in entry.decision.reasons where reason.code == .exposureCapReached {
        guard let grant = reason.grant,
          case .success(let match) = ListedContent.find(ClipFacts(dataset.clips[entry.index]), in: manifest)
        else { continue }
        add(entry.clip, grant, manifest.content(of: match.asset), 0)
      }
    }
    return found
  }
}

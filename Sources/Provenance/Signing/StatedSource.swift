import Files
import Foundation

/// What publishers of well-known sets say of them, as a note in a drafted manifest: whom to ask, and about what. Never a
/// grant: a layout does not prove that a file is the public set, and a licence is not the word of the people shown.
struct StatedSource {
  let name: String, url: String
  /// The licence as it is stated, and where; nil where none was found.
  let licence: String?, stated: String
  /// Whether people or their rooms are seen; what else to know.
  let people: String, say: String?

  private init(
    _ name: String, _ url: String, _ licence: String?, _ stated: String, people: String, _ say: String? = nil
  ) {
    (self.name, self.url, self.licence, self.stated) = (name, url, licence, stated)
    (self.people, self.say) = (people, say)
  }

  private static let read = "2026-09"

  /// By layout, as `dataset inspect` names it.
  private static let byLayout: [String: StatedSource] = [
    "robomimic": StatedSource(
      "robomimic", "https://huggingface.co/datasets/robomimic/robomimic_datasets", "MIT", "dataset card",
      people: "simulated; people moved the arms"),
    "mimicgen": StatedSource(
      "MimicGen", "https://github.com/NVlabs/mimicgen", "CC-BY-4.0", "README", people: "simulated",
      "made from source demonstrations, whose authors are named too; DexMimicGen's card says CC BY-NC-SA 4.0"),
    "libero": StatedSource(
      "LIBERO", "https://github.com/Lifelong-Robot-Learning/LIBERO", "CC-BY-4.0", "README", people: "simulated"),
    "droid": StatedSource(
      "DROID", "https://droid-dataset.github.io", "CC-BY-4.0", "paper and cards",
      people: "real rooms, hands and people",
      "a copy elsewhere says Apache-2.0, which contradicts it"),
    "robomind": StatedSource(
      "RoboMIND", "https://huggingface.co/datasets/x-humanoid-robomind/RoboMIND", "Apache-2.0", "dataset card",
      people: "real rooms"),
    "robotwin": StatedSource(
      "RoboTwin", "https://github.com/RoboTwin-Platform/RoboTwin", "MIT", "repository", people: "simulated"),
    "csgo": StatedSource(
      "Counter-Strike Behavioural Cloning", "https://github.com/TeaPearce/Counter-Strike_Behavioural_Cloning",
      "contradictory", "repository: research, not commercial; card: MIT", people: "players, who were not asked",
      "the pictures are the game's, and its maker is asked apart"),
    "aloha": StatedSource(
      "ALOHA / ACT", "https://github.com/tonyzhaozh/act", nil, "none was found; a copy says MIT",
      people: "real rooms and hands",
      "unknown is not yes"),
    "phyworld": StatedSource(
      "phyworld", "https://github.com/phyworld/phyworld", "Apache-2.0", "repository", people: "none: synthetic"),
    "d4rl": StatedSource(
      "D4RL", "https://github.com/Farama-Foundation/D4RL", "CC-BY-4.0", "README, of its data", people: "simulated"),
    "v-d4rl": StatedSource(
      "V-D4RL", "https://github.com/conglu1997/v-d4rl", nil, "the code is MIT; of the data nothing is said",
      people: "simulated"),
  ]

  /// A note for a dataset of a layout; nil where nothing is known.
  /// - Parameter path: the dataset: what stands beside it may say who made it.
  static func note(_ layout: String, at path: String) -> Value? {
    if layout == "minari" { return minari(path) }
    if layout == "lerobot" { return card(path) }
    guard let found = byLayout[layout] else { return nil }
    var note: Value = [
      "if": .string("this is the public set \(found.name)"), "name": .string(found.name), "url": .string(found.url),
      "licence": Value(found.licence), "stated": .string(found.stated), "read": .string(read),
      "people": .string(found.people),
    ]
    if let say = found.say { note.set("say", .string(say)) }
    return note
  }

  /// Minari's metadata name an author.
  private static func minari(_ path: String) -> Value? {
    let folder = Disk.isFolder(path) ? path + "/data" : (Disk.absolute(path) as NSString).deletingLastPathComponent
    guard let text = try? Disk.readText(folder + "/metadata.json"),
      let facts = try? JSON.parse(text, at: "metadata.json")
    else { return nil }
    var note: Value = ["name": .string(facts["dataset_id"]?.string ?? "a Minari dataset"), "stated": "metadata.json"]
    for key in ["author", "author_email", "code_permalink"] {
      if let said = facts[key] { note.set(key, said) }
    }
    note.set("licence", .null)
    return note
  }

  /// The card of a LeRobot dataset: the uploader's word.
  private static func card(_ path: String) -> Value? {
    guard let text = try? Disk.readText(path + "/README.md"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("license:") })
    else { return nil }
    let licence = line.dropFirst(8).trimmingCharacters(in: .whitespaces)
    return ["licence": .string(licence), "stated": "dataset card", "say": "the word of whoever uploaded it"]
  }
}

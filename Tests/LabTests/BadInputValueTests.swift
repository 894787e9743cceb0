import Bench
import Files
import Foundation
import TestKit
import Testing

/// Flags, numbers and experiment keys that make no sense: wrong usage, exit 2, before anything is written.
@Suite struct BadInputValueTests {
  static let wild = ["-1", "0", "99999999999", "9223372036854775807", "99999999999999999999", "1e9", "nan", "many", ""]

  /// Every numeric option of every command: "N" is replaced by each of the values it must refuse.
  static let numbers: [(line: String, values: [String])] = [
    ("worlds render --scenario projectile --out w.h5 --count=N", wild),
    ("worlds render --scenario projectile --out w.h5 --count=2 --size=N", wild),
    ("worlds render --scenario projectile --out w.h5 --count=2 --frames=N", wild),
    ("worlds render --scenario projectile --out w.h5 --count=2 --first=N", wild.filter { $0 != "0" }),
    ("worlds render --scenario projectile --out w.h5 --count=2 --ungranted=N", wild.filter { $0 != "0" }),
    ("worlds render --scenario projectile --out w.h5 --count=2 --validation=N", wild.filter { $0 != "0" }),
    ("worlds show projectile --out w.png --size=N", wild), ("worlds show projectile --out w.png --frames=N", wild),
    ("worlds show projectile --out w.png --count=N", wild),
    ("dataset inspect worlds.h5 --window=N", ["-1", "0", "nan", "1e9"]),
    ("dataset inspect worlds.h5 --stride=N", ["-1", "0", "nan"]),
    ("dataset inspect worlds.h5 --context=N", wild.filter { $0 != "0" }),
    ("dataset import film.mp4 --out i.h5 --size=N", wild + ["64x", "x64", "64x64x64", "64x-1"]),
    ("dataset import film.mp4 --out i.h5 --fps=N", wild + ["24/0", "1/0", "-24"]),
    ("dataset import film.mp4 --out i.h5 --crop=N", wild + ["0,0,0,0", "0,0,-1,4", "1,2,3"]),
    ("dataset import film.mp4 --out i.h5 --window=N", wild.filter { $0 != "0" }),
    ("dataset import film.mp4 --out i.h5 --validation=N", wild.filter { $0 != "0" }),
    ("sample RUN --out s --count=N", wild), ("sample RUN --out s --frames=N", wild),
    ("sample RUN --out s --steps=N", wild), ("sample RUN --out s --context=N", wild),
    ("sample RUN --out s --guidance=N", wild.filter { $0 != "0" }),
    ("sample RUN --out s --seed=N", ["-1", "99999999999999999999", "nan"]),
    (
      "sample RUN --out s --clip worlds.h5 --clip-id projectile/id-val/000000 --unsigned own-work --prefix=N",
      wild + ["3", "12"]
    ),
    ("bench RUN --out b --count=N", wild), ("bench RUN --out b --count=1 --steps=N", wild),
    ("bench RUN --out b --count=1 --seed=N", ["-1", "99999999999999999999", "nan"]),
    ("finetune minute.yaml --extend=N", wild), ("parity case --tolerance=N", ["-1", "0", "nan", "many"]),
    ("finetune minute.yaml --threads=N", wild), ("sample RUN --out s --threads=N", wild),
    ("bench RUN --out b --threads=N", wild), ("parity case --threads=N", wild),
    ("export RUN --out e --threads=N", wild), ("quickstart --threads=N", wild), ("score film.mp4 --threads=N", wild),
    ("dataset inspect worlds.h5 --threads=N", wild),
  ]

  @Test(arguments: numbers.indices) func numbersOutOfRange(_ index: Int) throws {
    let (line, values) = Self.numbers[index], room = try Room()
    for value in values { try room.refuses(line.replacing("=N", with: "=" + value), 2, []) }
  }

  @Test(
    arguments: [
      ("", 0, "USAGE"), ("--help", 0, "USAGE"), ("nope", 2, "nope"), ("sample", 2, "<model>"),
      ("finetune minute.yaml --tinyy", 2, "--tiny"), ("worlds render --out w.h5", 2, "--scenario"),
      ("worlds render --scenario nope --out w.h5", 2, "free-fall"), ("worlds show nope", 2, "free-fall"),
      ("bench RUN --suite nope", 2, "physics-tiny"),
      ("bench RUN --scenario nope", 2, "free-fall"), ("bench RUN --cell nope", 2, "id-val"),
      ("bench RUN --weights nope", 2, "raw"), ("sample RUN --solver nope", 2, "heun"),
      ("sample RUN --order nope", 2, "pyramid"), ("sample RUN --clip worlds.h5", 2, "--clip-id"),
      ("sample RUN --clip-id a", 2, "--clip"),
      ("sample RUN --video film.mp4 --image film.mp4", 2, "one of them"),
      ("consent check worlds.h5 --action nope", 2, "fine-tune"),
      ("consent check worlds.h5 --unsigned nope", 2, "own-work"),
      ("dataset import film.mp4 --out i.h5 --holdout nope", 2, "last"),
    ] as [(String, Int32, String)]) func words(_ line: String, _ code: Int32, _ word: String) throws
  {
    let room = try Room()
    guard code != 0 else {
      let told = try room.orrery(line)
      #expect(told.exited && told.code == 0 && told.out.contains(word) && told.err.isEmpty)
      return
    }
    try room.refuses(line, code, [word])
  }

  /// One `--set` each; the message names the key, and the nearest where it is misspelt.
  @Test(arguments: [
    ("train.stepz=3", "did you mean 'steps'"), ("trian.steps=3", "trian"), ("train.steps=abc", "train.steps"),
    ("train.steps=-1", "train.steps"), ("train.steps=1.5", "train.steps"),
    ("train.steps=999999999999999999999", "train.steps"), ("train.batch=0", "train.batch"),
    ("train.rate=fast", "train.rate"), ("train.rate=-1", "train.rate"), ("train.rate=.nan", "train.rate"),
    ("train.decay=square", "cosine"), ("window=0", "window"), ("window=6", "multiple of 4"),
    ("window=100000000000", "window"), ("levels.prefix_frames=3", "multiple of 4"), ("model.dim=31", "model.dim"),
    ("model.heads=0", "model.heads"), ("model.patch=[1,2]", "model.patch"), ("model.patch=[0,2,2]", "model.patch"),
    ("model.layers=9999999", "model.layers"), ("codec.space=3", "codec.space"),
    ("codec.kind=magic", "haar"), ("consent.unsigned=[own]", "own-work"),
    ("consent.commercial=maybe", "consent.commercial"), ("data=[]", "data"), ("data=3", "data"), ("data.7.path=a", "7"),
    ("data.0.pth=a", "pth"), ("name=a/b", "name"), ("name=7", "name"), ("seed=-1", "seed"),
    ("sampler.steps=0", "sampler.steps"), ("record.checkpoint=0", "record.checkpoint"), ("train", "KEY=VALUE"),
    ("=3", "KEY=VALUE"), ("seed=[1,2", "YAML"), ("seed={a: &x 1}", "seed"),
  ]) func experimentKeys(_ set: String, _ word: String) throws {
    let room = try Room()
    // Split by hand: a value may hold spaces.
    let told = try Call(["finetune", "minute.yaml", "--set", set], in: room.scratch.path).outcome()
    #expect(
      told.exited && told.code == 2 && told.err.hasPrefix("error: ") && told.err.contains(word) && told.out.isEmpty,
      "\(set): \(told.everything)")
    #expect(!room.listing.contains("experiments"))
  }

  static let documents: [(name: String, text: String, code: Int32)] = [
    (
      "many aliases",
      (0..<10).reduce("a0: &a0 [x]\n") {
        $0 + "a\($1 + 1): &a\($1 + 1) [" + Array(repeating: "*a\($1)", count: 9).joined(separator: ",") + "]\n"
      }, 2
    ),
    ("many levels", String(repeating: "[", count: 50_000), 2),
    ("many closed levels", "a: " + String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000), 2),
    ("twice", Minute.yaml + "seed: 1\nseed: 2\n", 2), ("a list", "- a\n- b\n", 2), ("a text", "hello", 2),
    ("a tag", Minute.yaml + "seed: !!python/object:os.system 1\n", 2),
    ("a tab", "name:\n\t- a\n", 2), ("bytes", "\u{1}\u{2}", 2), ("only a comment", "# nothing\n", 2),
  ]

  @Test(arguments: documents.indices) func yaml(_ index: Int) throws {
    let (_, text, code) = Self.documents[index], room = try Room()
    try Disk.write(text, to: room("bad.yaml"))
    try room.refuses("finetune bad.yaml", code, ["bad.yaml"])
  }

  /// Right by themselves, and wrong for this data, this machine or these grants.
  @Test(arguments: [
    ("window=16", "16 frames"), ("model.patch=[4,3,3]", "divisible"),
    ("codec.space=16,model.patch=[4,4,4]", "divisible"), ("consent.unsigned=[]", "unsigned"),
    ("consent.commercial=true", "commercial"), ("consent.purpose=advertising", "purpose"),
    ("model.dim=1000000,model.heads=250,model.layers=1000", "memory"),
  ]) func experimentsThatDoNotFit(_ sets: String, _ word: String) throws {
    // A comma parts settings only before a new key.
    let parts = sets.split(separator: /,(?=[a-z])/).map { "--set " + $0 }.joined(separator: " ")
    try Room().refuses("finetune minute.yaml \(parts)", 1, [word])
  }
}

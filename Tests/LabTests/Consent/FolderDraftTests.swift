import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import Provenance
import TestKit
import Testing

/// `consent init` of folders that are used as they lie: what is drafted is what the gate and the first read ask for.
@Suite(.serialized) struct FolderDraftTests {
  private let quiet = Console(json: false, quiet: true)

  @Test(arguments: [
    ("films_beside", "captioned-films", ""), ("films_list", "captioned-films", ""),
    ("pictures", "image-folders", "fps=5"),
  ]) func whatIsDraftedIsRead(_ name: String, _ layout: String, _ said: String) throws {
    let scratch = try Scratch(), path = scratch(name), manifest = scratch(name + ".optin.json")
    try FileManager.default.copyItem(atPath: Fixture.path("layouts/" + name), toPath: path)
    if !said.isEmpty { _ = try DatasetLook(path, Reading([said])) }
    let terms = ConsentGrantTerms(.ownWork)
    let made = try ConsentDraft.write(path, licensor: "tests", terms: terms, to: manifest, quiet)
    // The grant begins when it was drafted.
    let now = Moment.now(), data = try Dataset(path: path)
    #expect(data.found?.layout == layout && data.manifestPath == manifest)
    #expect(made.granted == data.clips.count && made.granted > 0)
    let gate = Gate(
      dataset: data, manifest: try Manifest(path: manifest),
      request: ConsentRequest(action: .fineTune, time: now, unsignedBases: [.ownWork]))
    let admissions = gate.admissions()
    #expect(admissions.count == data.clips.count, "\(gate.decisions)")
    for admission in admissions {
      let read = try TrainingClip(admission: admission, from: gate.dataset, frames: 0..<2, clock: { now })
      #expect(read.frames.count == 2)
    }
    // The next call checks the folder, and imports nothing.
    let next = try ConsentWay(Manifest(path: manifest), at: manifest, home: nil).checking(path)
    #expect(next?.prefix(3) == ["consent", "check", path])
  }

  @Test func aWellKnownSetIsNotSaidToBeOnesOwn() throws {
    let scratch = try Scratch()
    for (name, isKnown) in [("robomimic.hdf5", true), ("array_nthwc.h5", false)] {
      try FileManager.default.copyItem(atPath: Fixture.path("layouts/" + name), toPath: scratch(name))
      #expect(ConsentWay.begin(scratch(name)).contains("--grant") == !isKnown, "\(name)")
    }
  }
}

import CHDF5
import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// A file of another program, with no hashes: the manifest's are what its clips are held to.
@Suite struct BareDatasetTests {
  private let now = Moment(seconds: 1_790_000_000)

  @Test func theManifestVouchesForClipsWithoutHashes() throws {
    let scratch = try Scratch(), clip = movingDisc(12)
    func make(_ path: String, _ pixels: [UInt8]) {
      handmade(path) { file in
        put(file, "pixels", orrery_h5t_u8(), [12, 48, 64, 3], pixels)
        put(file, "ep_len", orrery_h5t_i64(), [3], [Int64(4), 4, 4])
        put(file, "ep_offset", orrery_h5t_i64(), [3], [Int64(0), 4, 8])
      }
    }
    make(scratch("a.h5"), clip.pixels)
    let bare = try Dataset(path: scratch("a.h5"))
    // Two of the three clips are listed.
    let listed = try (0..<2).map { i in
      Manifest.ListedClip(
        id: bare.clips[i].id, framesSHA256: try bare.sha256(i), width: 64, height: 48, frames: 4, fps: "24/1")
    }
    let manifest = try Manifest.ownWork(licensor: "local", clips: listed, issued: now)
    func gate(_ name: String) throws -> Gate {
      Gate(
        dataset: try Dataset(path: scratch(name)), manifest: manifest,
        request: ConsentRequest(action: .fineTune, time: now, unsignedBases: [.ownWork]))
    }
    let first = try gate("a.h5")
    #expect(first.decisions.map(\.decision.isAdmitted) == [true, true, false])
    for (i, admission) in first.admissions().enumerated() {
      #expect(admission.framesSHA256 == listed[i].framesSHA256)
      let read = try TrainingClip(admission: admission, from: first.dataset, frames: 1..<3, clock: { now })
      #expect(read.frames.pixels == clip[(4 * i + 1)..<(4 * i + 3)].pixels)
    }
    // The same names over other pixels: admitted by what is listed, refused by what is there.
    var other = clip.pixels
    other[5 * 48 * 64 * 3] ^= 1
    make(scratch("b.h5"), other)
    let second = try gate("b.h5"), admissions = second.admissions()
    _ = try TrainingClip(admission: admissions[0], from: second.dataset, frames: 0..<4, clock: { now })
    let it = problem {
      _ = try TrainingClip(admission: admissions[1], from: second.dataset, frames: 0..<4, clock: { now })
    }
    #expect(it.what.contains("not those that were hashed"), "\(it)")
    #expect(second.verifyingContent().decisions.map(\.decision.isAdmitted) == [true, false, false])
  }
}

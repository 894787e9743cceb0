import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// What opening many small files costs: set ORRERY_SOAK=1 to see it. The child is started once.
@Suite(.serialized) struct OpeningSoakTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["ORRERY_SOAK"] != nil)) func fiveThousandSmallFiles() throws {
    let scratch = try Scratch(), clip = movingDisc(8, height: 16, width: 16)
    let writer = try DatasetWriter(path: scratch("0.h5"), height: 16, width: 16, fps: FrameRate(24))
    for i in 0..<4 { try writer.append(id: "clip \(i)", frames: clip, split: .train, caption: "a disc") }
    try writer.finish()
    let bytes = try Disk.read(scratch("0.h5"))
    for i in 1..<5000 { try Disk.write(bytes, to: scratch("\(i).h5")) }
    let clock = ContinuousClock.now
    for i in 0..<5000 { #expect(try Dataset(path: scratch("\(i).h5")).clips.count == 4) }
    print("5,000 files opened in \(ContinuousClock.now - clock)")
  }
}

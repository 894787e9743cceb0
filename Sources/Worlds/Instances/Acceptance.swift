/// Which draws become instances (WORLDS §3): enough scored frames with an object fully inside and in sight.
enum Acceptance {
  /// Eight, or every scored frame of a clip too short for eight.
  static func needed(_ setting: Setting) -> Int { min(8, setting.frames - World.conditioning) }

  static func holds<L: Law>(_ law: L, _ setting: Setting) -> Bool {
    // A model must see every object whole before it continues.
    for frame in 0..<World.conditioning where !law.truth(at: setting.time(frame), setting).allSatisfy(\.isClear) {
      return false
    }
    var clear = 0
    for frame in World.conditioning..<setting.frames {
      let truth = law.truth(at: setting.time(frame), setting)
      clear += L.sumsClearFrames ? truth.count(where: \.isClear) : truth.allSatisfy(\.isClear) ? 1 : 0
      if clear >= needed(setting) { return law.accepts(setting) }
    }
    return false
  }

  /// Scored frames in which object `object` is whole and in sight and `when` holds.
  static func clearFrames(_ law: some Law, _ setting: Setting, object: Int, when: (Double) -> Bool) -> Int {
    (World.conditioning..<setting.frames).map(setting.time).count {
      when($0) && law.truth(at: $0, setting)[object].isClear
    }
  }
}

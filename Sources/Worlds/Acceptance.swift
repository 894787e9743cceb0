/// Which draws become instances (METRICS §10): enough scored frames with an object fully inside and in sight.
enum Acceptance {
  /// Eight, or every scored frame of a clip too short for eight.
  static func needed(_ setting: Setting) -> Int { min(8, setting.frames - World.conditioning) }

  static func holds(_ law: some Law, _ setting: Setting) -> Bool {
    // A model must see every object whole before it continues.
    for frame in 0..<World.conditioning where !law.truth(at: setting.time(frame), setting).allSatisfy(\.isClear) { return false }
    var clear = 0
    for frame in World.conditioning..<setting.frames where law.truth(at: setting.time(frame), setting).allSatisfy(\.isClear) {
      clear += 1
      if clear >= needed(setting) { return law.accepts(setting) }
    }
    return false
  }
}

import COpenBLAS

/// OpenBLAS as it is on this machine: what decides the last bits of numbers that stand on it.
package enum OpenBLAS {
  /// "0.3.21-SkylakeX": its version, and the processor core whose kernels it runs: the one it found, or the one that
  /// `OPENBLAS_CORETYPE` names. Before 0.3.25 a core that it does not know passes for the oldest, "Prescott" (its
  /// issue 4267): right, but slower.
  package static let name: String = {
    // "OpenBLAS 0.3.21 NO_LAPACKE …": put together in one place for all threads, so it is asked for once.
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return "\(words.count > 1 ? words[1] : "unknown")-\(String(cString: openblas_get_corename()))"
  }()

  /// Read before each use: the library then stays on the calling thread, so that no bit depends on the number of
  /// cores. It has this setting for the whole process only; nothing here ever sets another.
  static let onOneThread: Void = openblas_set_num_threads(1)
}

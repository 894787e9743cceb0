import Files
import Foundation

/// Energy since it was made: from the processor packages' counters (RAPL) through powercap where they can be read, else
/// estimated.
///
/// The counters wrap (after a quarter of an hour at full load on some machines), so `sample` must be called more often
/// than that; a training step does. Linux lets only root read them since 2020 (CVE-2020-8694).
public final class EnergyMeter {
  private struct Zone { let path: String; let range: Double; var last: Double; var sum = 0.0 }

  private var zones: [Zone]
  private let settings: EnergySettings
  private let processor: () -> Double
  private let start: Double

  /// - Parameters:
  ///   - folder: where powercap lives.
  ///   - processor: processor seconds used so far, by all threads.
  public init(
    _ settings: EnergySettings, folder: String = "/sys/class/powercap",
    processor: @escaping () -> Double = { Footprint.processorSeconds }
  ) {
    (self.settings, self.processor) = (settings, processor)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    let packages = names.filter(Self.isPackage).map { "\(folder)/\($0)" }
    let read = packages.compactMap { path in
      Self.number(path + "/energy_uj").flatMap { now in
        Self.number(path + "/max_energy_range_uj").map { Zone(path: path + "/energy_uj", range: $0, last: now) }
      }
    }
    // Half of the sockets would be half of the truth.
    zones = read.count == packages.count ? read : []
    start = processor()
  }

  /// "intel-rapl:0" is a package (AMD's too); "intel-rapl:0:0" is a part of it and already counted, "…-mmio" counts it
  /// again.
  private static func isPackage(_ name: String) -> Bool {
    let parts = name.split(separator: ":")
    return parts.count == 2 && parts[0] == "intel-rapl" && Int(parts[1]) != nil
  }

  private static func number(_ path: String) -> Double? {
    (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
      Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }

  /// Reads the counters. A counter that can no longer be read, or says nonsense, ends the measuring: the rest would be
  /// a guess.
  public func sample() {
    for i in zones.indices {
      guard let now = Self.number(zones[i].path), now <= zones[i].range else { zones = []; return }
      zones[i].sum += now >= zones[i].last ? now - zones[i].last : now + zones[i].range - zones[i].last
      zones[i].last = now
    }
  }

  /// Energy so far.
  public var energy: Energy {
    sample()
    guard zones.isEmpty else { return Energy(joules: zones.reduce(0) { $0 + $1.sum } / 1e6, source: .measured) }
    return Energy(joules: max(0, processor() - start) * settings.wattsPerCore, source: .estimated)
  }
}

extension BootstrapDistribution {
  /// Training seeds resampled, then instances within their strata: for a claim about recipes. Values whose scope is
  /// checkpoints are resampled by instance alone.
  ///
  /// Seeds and instances are crossed, so a resample draws seeds of each variant and one set of instances for all of
  /// them: the pigeonhole bootstrap (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1), which errs
  /// to the wide side. A resample's own error adds its seeds' variance to its instances'; seed means are taken over the
  /// instances as measured.
  package init?(_ replicates: Replicates, seed: UInt64, draws: Int) {
    let instances = replicates.collapsed
    guard replicates.scope == .recipes else { self.init(instances, seed: seed, draws: draws); return }
    guard instances.canBeResampled, (replicates.a + replicates.b).allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      return nil
    }
    let arms = [(rows: replicates.a, sign: 1.0), (replicates.b, -1.0)].filter { !$0.rows.isEmpty }.map {
      Arm($0.rows, $0.sign, replicates.strata)
    }
    let centre = instances.mean, groupMeans = instances.groups.map(Strata.mean)
    var means: [Double] = [], pivots: [Double] = []
    for draw in 0..<draws {
      var random = ResamplingRandom(seed: seed, draw: draw)
      var groups = groupMeans.indices.map { g in [Double](repeating: -groupMeans[g], count: instances.groups[g].count) }
      var variance = 0.0
      for arm in arms { variance += arm.resample(into: &groups, &random) }
      let (shift, inner) = Self.resample(groups, &random)
      means.append(centre + shift)
      pivots.append(Self.pivot(shift, inner + variance))
    }
    self.init(
      centre: centre, error: replicates.standardError, means: means, pivots: pivots,
      acceleration: Self.acceleration(instances.influences + arms.flatMap(\.influences)))
  }

  /// One variant's checkpoints.
  private struct Arm {
    /// By seed and stratum.
    let rows: [Strata]
    let sign: Double
    let means: [Double]

    init(_ rows: [[Double]], _ sign: Double, _ strata: [String]?) {
      self.rows = rows.map { Strata($0, strata) }
      self.sign = sign
      means = self.rows.map(\.mean)
    }

    /// Adds a resample's mean over seeds to `groups`. - Returns: the variance those seeds have by themselves.
    func resample(into groups: inout [[Double]], _ random: inout ResamplingRandom) -> Double {
      var times = [Int](repeating: 0, count: rows.count)
      for _ in rows { times[random.index(rows.count)] += 1 }
      let seeds = Double(rows.count)
      var sum = 0.0, squares = 0.0
      for (seed, repeats) in times.enumerated() where repeats > 0 {
        let share = sign * Double(repeats) / seeds, offset = means[seed] - means[0]
        sum += Double(repeats) * offset
        squares += Double(repeats) * offset * offset
        for g in groups.indices {
          let row = rows[seed].groups[g]
          for i in row.indices { groups[g][i] += share * row[i] }
        }
      }
      return max(0, squares - sum * sum / seeds) / (seeds * (seeds - 1))
    }

    var influences: [Double] {
      let mean = Strata.mean(means)
      return means.map { sign * ($0 - mean) / Double(means.count) }
    }
  }
}

/// One answer of a person or a judge: of two clips made for the same prompt, which is better.
public struct Preference: Sendable, Equatable {
  public enum Choice: Sendable, Equatable { case first, second, tie }

  public var prompt: String, first: String, second: String
  public var choice: Choice

  public init(prompt: String, _ first: String, _ second: String, _ choice: Choice) {
    (self.prompt, self.first, self.second, self.choice) = (prompt, first, second, choice)
  }
}

/// What preferences say of several items: Bradley–Terry strengths with intervals over prompts, because answers on one
/// prompt are not independent of one another.
public struct PreferenceStudy: Sendable, Equatable {
  public struct Item: Sendable, Equatable {
    public let name: String
    /// πᵢ, with sum 1 over items; nil where no finite strengths exist.
    public let strength: Double?
    /// Elo about the items' mean of 0, with its 95 % percentile interval over prompts.
    public let elo: Estimate
    /// Wins, with ties ½, and answers.
    public let wins: Double, answers: Int
  }

  /// In order of first appearance.
  public let items: [Item]
  /// `wins[i][j]`: how often i was preferred to j, ties ½ each.
  public let wins: [[Double]]
  public let prompts: Int, answers: Int, ties: Int
  /// Share of resamples of prompts in which some item never won, or never lost, against the rest: these have no
  /// strengths.
  public let lost: Double
  /// Why there are no strengths or no intervals; empty when there are.
  public let caveats: [String]

  /// More resamples than this without strengths and the others are a biased choice: no interval is given.
  public static let mostLost = 0.025

  public init(_ preferences: [Preference], seed: UInt64 = 0, draws: Int = Bootstrap.draws) {
    let table = Table(preferences), names = table.names, total = table.total
    let strengths = BradleyTerry.strengths(total)
    let resampled = strengths.map { table.resample($0, seed: seed, draws: draws) }
    let lost = resampled.map { 1 - Double($0.count) / Double(max(1, draws)) } ?? 1
    let elos = strengths.map(BradleyTerry.elo),
      stamp = MetricProtocol("elo", [.init("prompts", String(table.prompts.count))])
    let hasIntervals = table.prompts.count >= 2 && lost <= Self.mostLost
    items = names.indices.map { i in
      let answers = Int(names.indices.reduce(0) { $0 + (i == $1 ? 0 : total[i][$1] + total[$1][i]) })
      var elo =
        elos.map { Estimate($0[i], n: table.prompts.count, protocol: stamp, unit: "Elo") }
        ?? .notApplicable("no finite strengths exist", protocol: stamp, unit: "Elo")
      if hasIntervals, let resampled {
        let sorted = resampled.map { $0[i] }.sorted()
        (elo.low, elo.high) = (Bootstrap.quantile(sorted, 0.025), Bootstrap.quantile(sorted, 0.975))
      }
      return Item(
        name: names[i], strength: strengths?[i], elo: elo,
        wins: names.indices.reduce(0) { $0 + (i == $1 ? 0 : total[i][$1]) }, answers: answers)
    }
    (wins, prompts, answers, ties, self.lost) = (
      total, table.prompts.count, preferences.count, preferences.count { $0.choice == .tie }, lost
    )
    caveats = Self.caveats(names, total, strengths != nil, table.prompts.count, lost)
  }

  private static func caveats(
    _ names: [String], _ wins: [[Double]], _ isFitted: Bool, _ prompts: Int, _ lost: Double
  ) -> [String] {
    func listed(_ groups: [[Int]]) -> String {
      groups.map { "{" + $0.map { names[$0] }.joined(separator: ", ") + "}" }.joined(separator: ", ")
    }
    guard isFitted else {
      let islands = BradleyTerry.islands(wins)
      if islands.count > 1 {
        return [
          "The comparisons fall into \(islands.count) parts that never met: \(listed(islands)). Nothing can be said between them; compare items across parts."
        ]
      }
      let groups = BradleyTerry.components(wins)
      return [
        "No finite strengths exist: between the groups \(listed(groups)) every answer went one way. More answers between them are needed."
      ]
    }
    if prompts < 2 {
      return ["There is one prompt, so nothing says how strengths vary from prompt to prompt: no intervals."]
    }
    if lost > mostLost {
      return [
        "In \(Estimate.short(100 * lost)) % of the resamples of prompts some item never won or never lost, so no strengths exist there: no intervals. More prompts are needed."
      ]
    }
    return lost > 0
      ? [
        "\(Estimate.short(100 * lost)) % of the resamples of prompts have no strengths (an item never won or never lost) and are left out of the intervals."
      ] : []
  }

  /// Answers added up by prompt.
  private struct Table {
    var names: [String] = []
    /// Each prompt's wins: (winner, loser, weight).
    var prompts: [[(winner: Int, loser: Int, weight: Double)]] = []

    init(_ preferences: [Preference]) {
      var places: [String: Int] = [:], rows: [String: Int] = [:]
      for p in preferences {
        let pair = [p.first, p.second].map { name -> Int in
          if let place = places[name] { return place }
          places[name] = names.count
          names.append(name)
          return names.count - 1
        }
        let row = rows[p.prompt] ?? prompts.count
        if row == prompts.count { prompts.append([]); rows[p.prompt] = row }
        switch p.choice {
        case .first: prompts[row].append((pair[0], pair[1], 1))
        case .second: prompts[row].append((pair[1], pair[0], 1))
        case .tie: prompts[row] += [(pair[0], pair[1], 0.5), (pair[1], pair[0], 0.5)]
        }
      }
    }

    var total: [[Double]] { sum(prompts.indices.map { $0 }) }

    func sum(_ chosen: [Int]) -> [[Double]] {
      var wins = names.map { _ in [Double](repeating: 0, count: names.count) }
      for row in chosen { for win in prompts[row] { wins[win.winner][win.loser] += win.weight } }
      return wins
    }

    /// Elo of each resample of prompts that has strengths.
    func resample(_ strengths: [Double], seed: UInt64, draws: Int) -> [[Double]] {
      (0..<draws).compactMap { draw in
        var random = ResamplingRandom(seed: seed, draw: draw)
        let wins = sum(prompts.map { _ in random.index(prompts.count) })
        return BradleyTerry.strengths(wins, from: strengths, tolerance: 1e-7).map(BradleyTerry.elo)
      }
    }
  }
}

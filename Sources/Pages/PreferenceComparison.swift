import Charts
import Compare
import Files
import Measures

/// People's or judges' preferences between variants as strengths, in text, JSON and one offline page.
public struct PreferenceComparison: Sendable {
  public let path: String
  public let study: PreferenceStudy

  /// - Throws: `Problem` when the file cannot be read.
  public init(path: String) throws {
    self.path = path
    study = PreferenceStudy(try PreferenceFile.read(path))
  }

  /// Strongest first; without strengths, in order of appearance.
  package var ranked: [PreferenceStudy.Item] {
    study.items.enumerated().sorted { ($0.1.strength ?? 0, -$0.0) > ($1.1.strength ?? 0, -$1.0) }.map(\.1)
  }

  private var basis: String {
    "\(study.answers) answers on \(study.prompts) prompts, \(study.ties) ties counted ½ for each; Bradley-Terry strengths, Elo = 400·log₁₀ π about the items' mean; 95 % intervals by resampling prompts"
  }

  private var rows: [[String]] {
    ranked.map { item in
      [
        item.name, item.elo.text, item.strength.map { Text.fixed($0, 4) } ?? "n/a",
        "\(SVG.n(item.wins)) of \(item.answers)",
        item.answers > 0 ? Text.fixed(item.wins / Double(item.answers), 2) : "n/a",
      ]
    }
  }

  private static let columns = ["", "Elo [95 %]", "π", "wins", "share"]

  public var text: String {
    ([TextTable.text([Self.columns] + rows), "", basis] + study.caveats.map { "note: " + $0 }).joined(separator: "\n")
  }

  public var value: Value {
    [
      "preferences": .string(path), "prompts": Value(study.prompts), "answers": Value(study.answers),
      "ties": Value(study.ties),
      "items": .array(
        ranked.map {
          [
            "name": .string($0.name), "strength": Value($0.strength), "elo": $0.elo.json, "wins": .number($0.wins),
            "answers": Value($0.answers),
          ]
        }),
      "wins": .array(study.wins.map { .array($0.map { .number($0) }) }),
      "order": .array(study.items.map { .string($0.name) }),
      "resamples_without_strengths": .number(study.lost), "notes": .array(study.caveats.map { .string($0) }),
    ]
  }

  public func write(to path: String) throws {
    let forest = ForestChart(study.items.map(\.elo), zero: true),
      kinds = Dictionary(study.items.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var page = ReportPage(
      eyebrow: "orrery · preferences", title: "\(study.items.count) items by preference",
      lead: "<p class=\"lead\">\(basis).</p>")
    let strengths = zip(ranked, rows).map { item, row in
      [
        HTML.chip(item.name, kinds[item.name]), Markup(Text.minus(row[1])),
        forest.row(item.elo, kind: kinds[item.name]),
      ]
        + row.dropFirst(2).map { Markup($0) }
    }
    page.add(
      "Strengths",
      HTML.table(
        "Only differences mean anything: 400 Elo are odds of ten to one.",
        ["item", "Elo [95 %]", "", "π", "wins", "share"], strengths + [["", "", forest.axis, "", "", ""]])
        + HTML.list(study.caveats.map { Markup($0) }, css: "plainlist quiet"))
    let names = study.items.map { Markup($0.name) }
    page.add(
      "Who was preferred to whom",
      HTML.table(
        "How often the row was preferred to the column, ties ½.", [""] + names,
        study.items.indices.map { i in
          [names[i]]
            + study.items.indices.map {
              i == $0 ? "" : study.wins[i][$0] + study.wins[$0][i] == 0 ? "never met" : Markup(SVG.n(study.wins[i][$0]))
            }
        }))
    page.footer =
      "Written by \(Build.version). One number an item has no room for preferences that go in circles: look at the table too."
    try Disk.write(page.html, to: path)
  }
}

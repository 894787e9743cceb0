import Clips
import Consent
import Files
import Frames
import Ledger
import Media
import Runs

/// A public summary of training content by the European Commission's template for Article 53(1)(d) of Regulation (EU)
/// 2024/1689: its three parts in their order. The list of data sources comes from the ledger and the manifests; what
/// those do not know stands open, marked, for a person to fill.
package struct ConsentReportEUSummary {
  private let report: ConsentReport

  package init(_ report: ConsentReport) { self.report = report }

  /// How a gap looks.
  package static func open(_ what: String) -> String { "**[TO BE FILLED IN: \(what)]**" }

  package var text: String {
    [general, sources, processing].map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var general: [String] {
    let run = report.run, base = run?.experiment.from
    return [
      "# Public summary of training content: \(cell(report.name))", "",
      "By the template for Article 53(1)(d) of Regulation (EU) 2024/1689. Filled in by \(Build.version) as far as the ledger and the consent manifests tell, and to be completed and answered for by the provider. "
        + "Whether the duty applies at all (to providers of general-purpose models) is the provider's to judge.",
      "", "## 1. General information", "", "### 1.1 Provider", "",
      "- Name and contact: \(Self.open("the provider; the experiment names the licensee as " + (run?.experiment.consent.licensee.map(cell) ?? "nobody")))",
      "- Authorised representative in the Union: \(Self.open("name and contact, where the provider is outside the Union"))",
      "", "### 1.2 Model", "",
      "- Versioned name: "
        + (run.map { "\(cell($0.name)), step \($0.step), run `\($0.hash)`" }
          ?? Self.open("no run was named; this summary is of a dataset")),
      "- Depends on: "
        + (run == nil
          ? Self.open("the model it was fine-tuned from, with a link to that model's summary")
          : base.map {
            "\(cell($0.split(separator: "/").last.map(String.init) ?? $0)), "
              + (report.usage?.trail.base.map { "of which the ledger says: " + $0.text + ". " }
                ?? "whose training content is not in this ledger. ")
              + Self.open("link to its summary")
          } ?? "no other model: trained from scratch"),
      "- Placed on the Union market: \(Self.open("date"))",
      "", "### 1.3 Modalities, size and other characteristics", "",
      "- Modalities: video" + (hasCaptions ? ", with short captions (text)" : "") + ". No audio was used.",
      "- Size: " + size,
      "- Types of content: \(Self.open("what the footage shows, in general terms"))",
      "- Latest date of acquisition: " + acquired,
      "- Languages of the captions: \(hasCaptions ? Self.open("languages") : "none")",
      "- Other characteristics: \(Self.open("regions and people represented, if relevant"))",
    ]
  }

  private var sources: [String] {
    let licensed = report.shares.filter { $0.basis == Basis.licence.rawValue || $0.basis == Basis.consent.rawValue }
    let own = report.shares.filter { $0.basis == Basis.ownWork.rawValue },
      free = report.shares.filter { $0.basis == Basis.publicDomain.rawValue }
    let odd = report.shares.filter { Basis(rawValue: $0.basis) == nil }
    return [
      "## 2. List of data sources", "",
      report.usage.map { "Counted from the ledger with head `\($0.head)`, voided steps left out." }
        ?? "Of a dataset, not of a training: what its manifest grants.",
      "", "### 2.1 Publicly available datasets", "",
      "- In the ledger: "
        + (free.isEmpty ? "none stated as public domain." : "stated as public domain by those who listed it:"),
    ] + rows(free) + [
      "- \(Self.open("names and links of those that are public datasets; the ledger knows licensors, not where a dataset was published"))",
      "", "### 2.2 Private datasets obtained from third parties", "",
      "#### 2.2.1 Licensed by rightsholders or their representatives", "",
      licensed.isEmpty ? "- None in the ledger." : "- Yes, under opt-in manifests:",
    ] + rows(licensed) + [
      "", "#### 2.2.2 Obtained otherwise from third parties", "",
      odd.isEmpty ? "- None: nothing without a grant reaches the trainer." : "- On a basis this program does not know:",
    ] + rows(odd) + [
      "", "### 2.3 Data crawled and scraped from online sources", "",
      "- This program crawls nothing. \(Self.open("whether a licensor's own footage was gathered online, and by whom"))",
      "", "### 2.4 User data", "",
      "- None was gathered by this program. \(Self.open("whether a licensor's footage came from users of the provider's services"))",
      "", "### 2.5 Synthetic data", "",
    ] + rendered.map { "- \(cell($0)): rendered by a physics simulation; no generative model made it." } + [
      "- \(Self.open("whether any \(rendered.isEmpty ? "" : "other ")clip was generated, and by which model; the manifests do not say"))",
      "", "### 2.6 Other sources", "", own.isEmpty ? "- None in the ledger." : "- The licensors' own work:",
    ] + rows(own)
  }

  private var processing: [String] {
    [
      "## 3. Data processing", "", "### 3.1 Reservations of rights (text and data mining)", "",
      "- A clip was used only where its licensor granted the use; the default is no. \(deniedSentence)",
      "- Reservations found in a file's own credentials beat a manifest. Grants may be revoked; each is checked at every start.",
      "- \(Self.open("other measures, and whether the provider has signed the code of practice"))",
      "", "### 3.2 Removal of illegal content", "",
      "- \(Self.open("measures taken; this program takes none beyond asking for consent"))",
      "", "### 3.3 Other information", "", "- \(Royalties.caution)",
    ] + report.notes.map { "- Note: \(cell($0))." }
  }

  private func rows(_ shares: [ConsentReport.Share]) -> [String] {
    guard !shares.isEmpty else { return [] }
    return [
      "", "  | licensor | grant | basis | standing | clips | frames seen | period of the grant |",
      "  |---|---|---|---|---|---|---|",
    ]
      + shares.map { s in
        let period =
          s.grant.map { g in
            (g.from.map { String($0.description.prefix(10)) } ?? "?") + " – "
              + (g.until.map { String($0.description.prefix(10)) } ?? "open")
          } ?? "not at hand"
        return
          "  | \([s.name, s.grantID, s.basis, s.standing].map(cell).joined(separator: " | ")) | \(s.clips.count) | \(report.usage == nil ? "–" : Text.count(s.usage.seen)) | \(period) |"
      } + [""]
  }

  /// Datasets that `orrery worlds render` wrote.
  private var rendered: [String] { report.sources.filter { $0.dataset?.attributes["scenario"] != nil }.map(\.name) }

  private var hasCaptions: Bool {
    report.sources.compactMap(\.dataset).contains { $0.clips.contains { $0.caption != nil } }
  }

  private var acquired: String {
    report.manifests.compactMap(\.issued).max().map {
      "manifests of \(String($0.description.prefix(10))) at the latest. "
        + Self.open("when the footage itself was obtained")
    } ?? Self.open("date")
  }

  /// Hours of distinct footage, by the template's ranges for video.
  private var size: String {
    var seconds = 0.0, frames = 0
    let current = Set(report.sources.compactMap(\.manifest?.sha256))
    for source in report.sources {
      // What an earlier manifest granted is footage of these datasets too.
      let used = Set(
        report.shares.filter {
          $0.manifestHash == source.manifest?.sha256 || !current.contains($0.manifestHash) || report.usage == nil
        }.flatMap(\.clips))
      guard let dataset = source.dataset else { continue }
      let own = dataset.clips.filter { used.contains($0.id) }.reduce(0) { $0 &+ $1.frames }
      frames &+= own
      seconds += Double(own) / dataset.fps.perSecond
    }
    guard frames > 0 else { return Self.open("hours of video; the datasets are not at hand") }
    let hours = seconds / 3600,
      range =
        hours < 10_000
        ? "less than 10,000 hours" : hours <= 1_000_000 ? "10,000 to 1 million hours" : "more than 1 million hours"
    let amount =
      seconds < 60
      ? "\(Text.short(seconds)) seconds"
      : hours < 1 ? "\(Text.short(seconds / 60)) minutes" : "\(Text.short(hours)) hours"
    return "\(range) of video: \(amount), \(Text.count(frames)) distinct frames"
      + (report.usage.map { "; \(Text.count($0.summary.total.seen)) frames seen in training, repeats counted" } ?? "")
      + "."
  }

  private var deniedSentence: String {
    let refused = report.sources.flatMap(\.decisions).filter { !$0.decision.isAdmitted }.count
    return refused == 0
      ? "No clip of the datasets is refused today." : "Of the datasets' clips, \(refused) would be refused today."
  }

  private func cell(_ text: String) -> String { ConsentReportMarkdown.cell(text) }
}

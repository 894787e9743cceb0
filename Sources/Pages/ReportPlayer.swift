import Bench
import Charts
import Files

/// Clips side by side in a page, in step: every frame by the arrow keys, two of them under a wipe, or their difference.
///
/// A film holds all subjects and scenes of one bench as tiles, so what comes from one bench cannot drift apart; films
/// of several benches are held to the first one's clock. Tiles are drawn on canvases and never read back, so nothing
/// depends on where the page was opened from. Without scripts the films stand there as they are.
package enum ReportPlayer {
  /// One bench's film, and its `<video>`.
  package struct Reel {
    package let label: String
    package let film: BenchFilm
    package let video: Markup
  }

  package static func html(_ reels: [Reel]) -> Markup {
    let first = reels[0].film, parts = first.fps.split(separator: "/").compactMap { Double($0) }
    let rate = parts.count == 2 && parts[1] > 0 ? parts[0] / parts[1] : parts.first ?? 10
    // The truth and the controls are the same in every bench; they are taken from the first film.
    let tiles = reels.enumerated().flatMap { i, reel in
      reel.film.subjects.enumerated().compactMap { row, subject -> (role: SubjectRole, tile: Value)? in
        let isModel = subject == .model
        guard i == 0 || isModel else { return nil }
        return (
          subject,
          [
            "film": Value(i), "row": Value(row),
            "name": .string(isModel && reels.count > 1 ? reel.label : subject.name), "control": .bool(!isModel),
          ]
        )
      }
    }
    let spec: Value = [
      "fps": .number(rate), "frames": Value(first.frames), "given": Value(first.given),
      "scenes": .array(first.scenes.map { .string($0) }), "tiles": .array(ordered(tiles)),
      "films": .array(
        reels.map {
          [
            "scenes": .array($0.film.scenes.map { .string($0) }), "w": Value($0.film.width), "h": Value($0.film.height),
            "dx": Value($0.film.stepX), "dy": Value($0.film.stepY),
          ]
        }),
    ]
    let buttons = [("start", "start"), ("back", "◀ frame"), ("play", "play"), ("next", "frame ▶")].map {
      "<button type=\"button\" data-act=\"\($0.0)\">\($0.1)</button>" as Markup
    }.joined()
    func options(_ items: [(String, String)], _ chosen: String) -> Markup {
      items.map { "<option value=\"\($0.0)\"\($0.0 == chosen ? " selected" : "")>\($0.1)</option>" as Markup }.joined()
    }
    let scenes = options(first.scenes.enumerated().map { (String($0), $1) }, "0")
    let films = reels.map {
      "<figure><figcaption>\($0.label): a row a subject, a column a scene</figcaption>\($0.video)</figure>" as Markup
    }
    return """
      <div class="player" tabindex="0" role="group" aria-label="player" data-player="\(JSON.line(spec))">
      <p class="controls" hidden>\(buttons)<label>speed <select data-set="speed">\(options([("0.25", "¼"), ("0.5", "½"), ("1", "1")], "1"))</select></label>
      <label>scene <select data-set="scene">\(scenes)</select></label>
      <label>view <select data-set="view">\(options([("side", "side by side"), ("wipe", "wipe"), ("difference", "difference")], "side"))</select></label>
      <output data-out="frame"></output></p>
      <p class="controls pair" hidden><label>left <select data-set="a"></select></label><label>right <select data-set="b"></select></label>
      <label data-for="wipe">wipe <input type="range" data-set="wipe" min="0" max="1" step="0.005" value="0.5"></label>
      <label data-for="difference">gain <select data-set="gain">\(options([("0", "1×"), ("1", "2×"), ("2", "4×"), ("3", "8×"), ("4", "16×")], "2"))</select></label></p>
      <div class="stage" hidden></div>
      <div class="strips films reels">\(films.joined())</div>
      <p class="note" hidden data-help>Arrow keys step a frame, space plays and pauses, Home goes to the start. Tiles with a coloured rim show frames that were given.</p>
      </div>
      """
  }

  /// The truth, the models, then the other controls.
  private static func ordered(_ tiles: [(role: SubjectRole, tile: Value)]) -> [Value] {
    func rank(_ role: SubjectRole) -> Int { role == .control(.groundTruth) ? 0 : role == .model ? 1 : 2 }
    return (0...2).flatMap { r in tiles.filter { rank($0.role) == r }.map(\.tile) }
  }
}

import Charts
import Files

/// A Jupyter notebook (nbformat 4.5) with its outputs filled in: it can be read without a kernel, and run again with
/// one.
package struct Notebook {
  package enum Cell {
    case markdown(String)
    case code(String, [Output])
  }

  package enum Output {
    /// What the code prints.
    case text(String)
    /// A rich result, by MIME type; the plain text is what a terminal shows.
    case display(html: Markup?, svg: Markup?, plain: String)
  }

  package var cells: [Cell] = []

  package var value: Value {
    var runs = 0
    let cells = self.cells.enumerated().map { i, cell -> Value in
      let id = Value.string("cell-" + Text.padded(i, 2))
      switch cell {
      case .markdown(let text):
        return ["cell_type": "markdown", "id": id, "metadata": .object([]), "source": Self.lines(text)]
      case .code(let text, let outputs):
        runs += 1
        return [
          "cell_type": "code", "id": id, "metadata": .object([]), "execution_count": Value(runs),
          "source": Self.lines(text), "outputs": .array(outputs.map(Self.output)),
        ]
      }
    }
    return [
      "nbformat": 4, "nbformat_minor": 5,
      "metadata": [
        "kernelspec": ["display_name": "Python 3", "language": "python", "name": "python3"],
        "language_info": ["name": "python"],
      ],
      "cells": .array(cells),
    ]
  }

  private static func output(_ output: Output) -> Value {
    switch output {
    case .text(let text): return ["output_type": "stream", "name": "stdout", "text": lines(text)]
    case .display(let html, let svg, let plain):
      let data = [
        html.map { Value.Field("text/html", lines($0.text)) }, svg.map { Value.Field("image/svg+xml", lines($0.text)) },
        Value.Field("text/plain", lines(plain)),
      ].compactMap { $0 }
      return ["output_type": "display_data", "data": .object(data), "metadata": .object([])]
    }
  }

  /// Lines that keep their ends, as Jupyter writes them.
  private static func lines(_ text: String) -> Value {
    let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
    return .array(
      parts.enumerated().compactMap { i, part in
        let line = part + (i < parts.count - 1 ? "\n" : "")
        return line.isEmpty ? nil : .string(String(line))
      })
  }
}

import Files
import Testing

@Suite struct YAMLWriterTests {
  @Test(
    arguments: [
      [
        "name": "free-fall",
        "data": [["path": "/a/b.h5", "manifest": nil, "without": ["g1", "no", "1e3", ""]], ["path": "x: y # z"]],
        "train": ["rate": 0.001, "steps": 12, "on": true], "levels": [:], "from": nil,
      ],
      [], ["a": []], ["a": [["b": ["c": [1, 2.5, "3"]]], ["d": [["e": 1], ["f": 2]]]]],
      ["tab\tkey": "line\nbreak", "'": "\"", "é": "\u{1F}"], ["a": [[1, 2], [3]]], "text",
    ] as [Value]) func readsBack(_ value: Value) throws
  {
    #expect(try YAML.parse(YAML.text(value), at: "yaml") == value, "\(YAML.text(value))")
  }

  @Test func anExperimentIsThisText() {
    let value: Value = [
      "name": "free-fall",
      "data": [["path": "/a/b.h5", "manifest": nil, "without": ["g1", "no", "1e3", ""]], ["path": "x: y # z"]],
      "train": ["rate": 0.001, "steps": 12, "on": true], "levels": [:], "seeds": [[1, 2], []],
    ]
    #expect(
      YAML.text(value) == """
        name: free-fall
        data:
          - path: /a/b.h5
            manifest: null
            without: [g1, "no", "1e3", ""]
          - path: "x: y # z"
        train:
          rate: 0.001
          steps: 12
          "on": true
        levels: {}
        seeds:
          - [1, 2]
          - []

        """)
  }
}

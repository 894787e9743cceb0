import Charts
import Testing

/// What a page is made of: our literals stand, everybody's words are escaped.
@Suite struct MarkupTests {
  private let words = "<b a=\"1\">&'"
  private let escaped = "&lt;b a=&quot;1&quot;&gt;&amp;&#39;"

  @Test func literalsStandAndWordsAreEscaped() {
    let name: Markup = "<i title=\"\(words)\">\(words) \(3)</i>"
    #expect(name.text == "<i title=\"\(escaped)\">\(escaped) 3</i>")
    #expect(Markup(words).text == escaped && Markup(trusted: words).text == words)
  }

  @Test func markupIsNotEscapedTwice() {
    var page: Markup = "<p>\(Markup(words))</p>"
    page += "<p>\("a" as Markup)\(["<i/>", "<b/>"].joined(separator: "&"))</p>"
    #expect(page.text == "<p>\(escaped)</p><p>a&lt;i/&gt;&amp;&lt;b/&gt;</p>")
    let items: [Markup] = ["<i/>", "<b/>"]
    #expect(items.joined(separator: "&amp;") == "<i/>&amp;<b/>" && items.joined() + "" == "<i/><b/>")
    #expect(("" as Markup).isEmpty && !page.isEmpty)
  }

  /// A name written from right to left turns nothing beside it; an attribute and a title hold no element.
  @Test func namesOfTheOtherDirectionAreIsolated() {
    let name = "שלום-88ad6055"
    let item: Markup = "<li title=\"\(name)\">\(name) and \("plain")</li>"
    #expect(item.text == "<li title=\"\(name)\"><bdi>\(name)</bdi> and plain</li>")
    #expect(Markup(name).text == "<bdi>\(name)</bdi>" && Markup(plain: name).text == name)
    #expect(HTML.chip("<" + name, nil).text.contains("<bdi>&lt;\(name)</bdi>"))
  }

  /// A literal within an interpolation is a `String`, unless it says that it is markup.
  @Test(arguments: [true, false]) func aLiteralInsideIsWords(_ isOn: Bool) {
    #expect(("<a\(isOn ? " b=\"\"" : "")>" as Markup).text == (isOn ? "<a b=&quot;&quot;>" : "<a>"))
    #expect(("<a\(isOn ? " b=\"\"" : "" as Markup)>" as Markup).text == (isOn ? "<a b=\"\">" : "<a>"))
  }

  @Test func tablesListsAndChips() {
    #expect(HTML.table("c", ["a"], []).isEmpty && HTML.list([]).isEmpty && HTML.fold("s", "").isEmpty)
    let long = String(repeating: "<", count: 60)
    #expect(HTML.brief(long).text.hasPrefix("<span title=\"&lt;") && !HTML.brief(long).text.contains("<<"))
    #expect(HTML.chip(words, 9).text == "<span class=\"chip s1\">\(escaped)</span>")
  }
}

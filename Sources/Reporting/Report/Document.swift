/// A report as its readers see it, before it becomes a page or Markdown: what is said is written once.
struct Document {
  var title: String
  /// What stands under the title.
  var summary: [Block]
  var sections: [Section]

  /// A part that the contents list, with a name for links.
  struct Section {
    var name: String
    var title: String
    var blocks: [Block]
  }

  enum Block {
    case heading(String)
    case paragraph(String)
    /// What must not be overlooked.
    case warning(String)
    case table(Table)
    /// Pictures side by side, as far as the width allows.
    case pictures([Picture])
    /// What is only shown when it is asked for.
    case details(String, [Block])
  }

  struct Table {
    var caption: String
    var header: [String]
    var rows: [[Cell]] = []
    /// How many columns at the left hold text; all others hold numbers.
    var leading = 1
    /// Whether a narrow screen shows each row as a block of named values, so that nothing is to be scrolled sideways.
    var stacks = false
  }

  struct Cell: ExpressibleByStringLiteral {
    var text: String
    /// What stands below or behind the text in small letters.
    var notes: [Note]
    var tone: Tone
    /// The background's strength, 0 to 1.
    var shade: Double?

    struct Note {
      var text: String
      var tone = Tone.quiet
    }

    enum Tone: String { case plain, good, bad, warning, quiet }

    init(_ text: String, notes: [Note] = [], tone: Tone = .plain, shade: Double? = nil) {
      (self.text, self.notes, self.tone, self.shade) = (text, notes, tone, shade)
    }

    init(_ text: String, note: String?) { self.init(text, notes: note.map { [Note(text: $0)] } ?? []) }

    init(stringLiteral value: String) { self.init(value) }
  }

  struct Picture {
    /// The file's name in the report's `figures` folder; nil where it could not be drawn.
    var file: String?
    /// What is to be seen, for those who cannot see it.
    var description: String
    var caption: String
    var isSmall = false
  }
}

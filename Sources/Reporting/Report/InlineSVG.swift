/// One of gnuplot's SVG pictures, made part of a page: it takes the page's colours, and its names cannot meet those of
/// another picture.
struct InlineSVG {
  /// The `svg` element.
  let html: HTML

  /// - Parameters:
  ///   - source: the file's text, as gnuplot wrote it.
  ///   - name: a name that no other picture of the page has.
  ///   - description: what is to be seen, for those who cannot see it.
  init(_ source: String, name: String, description: String) {
    var svg = Substring(source)
    // All before the drawing says in another way what is said here.
    if let start = svg.range(of: "<g id=\"gnuplot_canvas\">") { svg = svg[start.lowerBound...] }
    var drawing = String(svg).replacing(/<rect x="0" y="0" width="\d+" height="\d+" fill="#ffffff"\/>/, with: "")
    // Point symbols are only kept where some are used.
    if let end = drawing.range(of: "</defs>"), !drawing[end.upperBound...].contains("#gp") {
      drawing = drawing.replacing(/<defs>[\s\S]*?<\/defs>/, with: "")
    }
    drawing = drawing.replacing(/<title>[^<]*<\/title>/, with: "")
    for (old, new) in [
      (" color=\"black\"", ""), ("stroke='black'", "stroke='currentColor'"),
      ("stroke=\"black\"", "stroke=\"currentColor\""), ("rgb(  0,   0,   0)", "currentColor"),
      ("fill=\"black\"", "fill=\"currentColor\""),
      (" font-family=\"DejaVu Sans, Verdana, sans-serif\"", ""), ("id='", "id='\(name)-"), ("id=\"", "id=\"\(name)-"),
      ("href='#", "href='#\(name)-"),
    ] { drawing = drawing.replacing(old, with: new) }
    let size = source.firstMatch(of: /viewBox="0 0 (\d+) (\d+)"/)
    let (width, height) = (String(size?.1 ?? "600"), String(size?.2 ?? "400"))
    html = """
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" \
      aria-label="\(description)" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)">
      \(HTML(trusted: drawing))
      """
  }
}

extension Document {
  /// The page's style: both themes, narrow screens, paper.
  static let style = """
    :root { color-scheme: light dark; --back: #ffffff; --text: #1c1c1c; --quiet: #595959; --line: #d4d4d4;
      --card: #f5f5f3; --link: #00588a; --good: #00634a; --bad: #a03c00; --note: #fff3d6; --note-line: #e69f00; }
    @media screen and (prefers-color-scheme: dark) {
      :root { --back: #161616; --text: #e8e8e8; --quiet: #a9a9a9; --line: #444444; --card: #212121; --link: #6cc0f0;
        --good: #4fd1a5; --bad: #ff9d66; --note: #332a12; --note-line: #e69f00; }
    }
    @media print { :root { color-scheme: light; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--back); color: var(--text);
      font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0; }
    h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--line); }
    h3 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
    p { max-width: 52rem; margin: .5rem 0; }
    a { color: var(--link); }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
    p.warning { background: var(--note); border-left: .3rem solid var(--note-line); padding: .4rem .75rem; }
    .table { margin: 1rem 0; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    .caption { font-size: .9rem; font-weight: 600; }
    th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
    th { font-weight: 600; }
    tbody th { font-weight: 500; max-width: 22rem; }
    .text { text-align: left; }
    td:not(.text) { white-space: nowrap; }
    small { display: block; font-size: .9em; font-weight: 400; }
    td.good { color: var(--good); font-weight: 600; }
    td.bad { color: var(--bad); font-weight: 600; }
    small.warning { color: var(--bad); }
    .quiet { color: var(--quiet); }
    .pictures { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
    .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
    figure { margin: .75rem 0; }
    .pictures figure { flex: 1 1 27rem; max-width: min(38rem, 100%); }
    .gallery figure { margin: 0; }
    figcaption { color: var(--quiet); font-size: .85rem; }
    svg { display: block; max-width: 100%; min-width: 27rem; height: auto; }
    svg text { font-family: system-ui, "DejaVu Sans", sans-serif; }
    img { display: block; max-width: 100%; height: auto; }
    details { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .75rem; margin: .5rem 0; background: var(--card); }
    summary { cursor: pointer; font-weight: 500; }
    :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
    @media (max-width: 40rem) {
      body { padding: .75rem; }
      tbody th { min-width: 8rem; max-width: 11rem; }
    }
    @media screen and (max-width: 40rem) {
      .stack thead, .stack td:empty { display: none; }
      .stack table, .stack tbody { display: block; }
      .stack tr { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
      .stack th, .stack td { padding: 0; border: none; text-align: left; white-space: normal; }
      .stack tbody th { flex: 1 0 100%; max-width: none; }
      .stack td::before { content: attr(data-name); display: block; color: var(--quiet); font-size: .9em; font-weight: 400; }
    }
    @media print {
      :root { font-size: 10pt; }
      body { max-width: none; padding: 0; }
      nav { display: none; }
      h2, h3, .caption, summary { break-after: avoid; }
      figure, tr, .warning, .table { break-inside: avoid; }
      .table:has(td.text) { break-inside: auto; }
      .pictures { display: grid; grid-template-columns: 1fr 1fr; gap: 0 .8cm; }
      .scroll { overflow: visible; }
      svg { min-width: 0; width: 100%; }
      table { font-size: 8pt; }
      th, td { padding: .15rem .35rem; }
      details::details-content { content-visibility: visible; display: block; height: auto; }
      td, svg, .warning { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    }
    \((0...10).map(shade).joined(separator: "\n"))
    """

  /// A background for a share in tenths. Letters on it have a contrast of at least 4.8 in both themes, on the page and
  /// in boxes: between 70 and 77% blue neither dark nor white ones would have 4.5 on a white page.
  private static func shade(_ tenths: Int) -> String {
    let (blue, ink) = tenths < 9 ? (tenths * 8, "") : (tenths * 9, "; color: #ffffff")
    return ".shade\(tenths) { background: color-mix(in srgb, #0b5394 \(blue)%, transparent)\(ink); }"
  }
}

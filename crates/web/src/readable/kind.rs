//! What the elements of HTML are to a reader, and how they end each other. Pure tables.

/// What an element is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The root, for its language.
    Html,
    /// Metadata.
    Meta,
    /// The title of the page.
    Title,
    /// A script, which can be metadata.
    Script,
    /// A line break.
    Break,
    /// A thematic break.
    Rule,
    /// A block of text, or a part of one.
    Block,
    /// A link: the scoring counts how much of a text is links.
    Link,
    /// An inline element, kept where it says what it is for.
    Inline,
    /// What is not the article: left out, except where nothing else is there.
    Aside,
    /// What is no text, with all its content.
    Silent,
    /// A tag that is dropped; its content stays.
    Dropped,
}

/// The longest name that means something, in bytes.
const LONGEST: usize = 10;

/// What an element is to a reader.
pub(super) fn of(name: &str) -> Kind {
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..name.len()) else {
        return Kind::Dropped;
    };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    match str::from_utf8(lower).unwrap_or_default() {
        "address" | "article" | "aside" | "blockquote" | "caption" | "center" | "dd" | "details" | "div"
        | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" | "header" | "hgroup" | "li" | "main" | "menu" | "ol" | "p" | "pre" | "section"
        | "summary" | "table" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr" | "ul" => Kind::Block,
        "a" => Kind::Link,
        "abbr" | "b" | "bdi" | "bdo" | "cite" | "data" | "em" | "i" | "small" | "span" | "strong"
        | "time" => Kind::Inline,
        "br" => Kind::Break,
        "hr" => Kind::Rule,
        "html" => Kind::Html,
        "meta" => Kind::Meta,
        "script" => Kind::Script,
        "title" => Kind::Title,
        "dialog" | "nav" | "search" => Kind::Aside,
        "applet" | "audio" | "button" | "canvas" | "datalist" | "embed" | "map" | "math" | "meter"
        | "noscript" | "object" | "optgroup" | "option" | "progress" | "select" | "svg" | "template"
        | "video" => Kind::Silent,
        _ => Kind::Dropped,
    }
}

const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];

/// The elements that a start tag ends, the outermost last.
pub(super) fn ended_by(name: &str) -> &'static [&'static str] {
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is(&["a"]) {
        &["a"]
    } else if is(&["li"]) {
        &["p", "li"]
    } else if is(&["dt", "dd"]) {
        &["p", "dt", "dd"]
    } else if is(&["td", "th"]) {
        &["td", "th", "caption"]
    } else if is(&["tr"]) {
        &["td", "th", "tr", "caption"]
    } else if is(&["tbody", "thead", "tfoot"]) {
        &["tr", "tbody", "thead", "tfoot", "caption"]
    } else if is(HEADINGS) {
        &["p", "h1", "h2", "h3", "h4", "h5", "h6"]
    } else if matches!(of(name), Kind::Block | Kind::Rule | Kind::Aside) {
        &["p"]
    } else {
        &[]
    }
}

/// Whether an open element keeps what is outside of it from being ended from within.
pub(super) fn fences(ended: &str, open: &str) -> bool {
    let is = |name: &str, names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    const CELLS: &[&str] = &["caption", "table", "td", "th"];
    if is(ended, &["table"]) {
        false
    } else if is(ended, &["td", "th", "tr", "tbody", "thead", "tfoot", "caption"]) {
        is(open, &["table"])
    } else if is(ended, &["li"]) {
        is(open, CELLS) || is(open, &["menu", "ol", "ul"])
    } else if is(ended, &["dd", "dt"]) {
        is(open, CELLS) || is(open, &["dl"])
    } else {
        is(open, CELLS)
    }
}

//! The beginning of a file as HTML, for the page's first look (`first`): what a reader reads while the viewer is on its way, and
//! what crawlers and readers without scripts get. Of Markdown here, of notebooks in `cells`. Called by `shell`.
//!
//! It is text with its headings, lists, tables and emphasis, and nothing else: no HTML of the author's, no address, no picture, no
//! class. So there is nothing in it to sanitise; the viewer, which sanitises, brings the rest.

use super::cells;
use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd, html};
use std::borrow::Cow;
use vitrine_protocol::{File, Kind, Presentation};

/// How the beginning of a file is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preview {
    Markdown,
    Cells,
}

impl Preview {
    /// None where nothing can be shown of a file.
    pub(super) fn of(file: &File) -> Option<Self> {
        let utf8 = file.content_type.as_str().to_ascii_lowercase().contains("charset=utf-8");
        if file.size == 0 {
            return None;
        }
        match Presentation::of(file) {
            Presentation::Notebook => utf8.then_some(Self::Cells),
            _ => (file.kind == Kind::Markdown && utf8).then_some(Self::Markdown),
        }
    }

    /// So much of the file is read: two or three screens of text, or a first figure with the cells before it.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::Markdown => 8 * 1024,
            Self::Cells => 32 * 1024,
        }
    }

    /// Makes HTML of the beginning, in the place that it will have; none when there is nothing in it that can be shown.
    pub(super) fn html(self, bytes: &[u8], is_whole: bool) -> Option<String> {
        match self {
            Self::Markdown => Some(markdown(bytes, is_whole)),
            Self::Cells => cells::preview(bytes),
        }
    }
}

/// From so many headings on, the viewer puts a contents list beside a text (`viewer/js/contents.ts`).
pub(super) const HEADINGS_MIN: usize = 3;

/// How many headings there are in what `plain_html` has made.
pub(super) fn headings(html: &str) -> usize {
    (1..=6).map(|level| html.matches(&format!("<h{level}>")).count()).sum()
}

fn markdown(bytes: &[u8], is_whole: bool) -> String {
    let text = plain_html(bytes, is_whole);
    let headings = headings(&text);
    let text = format!("<div class=\"prose\">{text}</div>");
    if headings < HEADINGS_MIN { text } else { format!("<div class=\"with-contents\">{text}</div>") }
}

/// The HTML of a text; of one that is not whole, without its last block.
pub(super) fn plain_html(bytes: &[u8], is_whole: bool) -> String {
    let text = String::from_utf8_lossy(bytes);
    // The last block may be cut anywhere; the ones before it are as they are in the file.
    let text = if is_whole { &text } else { text.rsplit_once("\n\n").map_or("", |(whole, _)| whole) };
    let text = readable(text);
    let mut options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    options |= Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_GFM | Options::ENABLE_WIKILINKS;
    let mut hidden = 0_u32;
    let events = Parser::new_ext(&text, options).filter_map(|event| plain(event, &mut hidden));
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// Without the lines that only the viewer makes something of: the marks of divs and of notes in fences, comments, labels. Code stays as
/// it is.
fn readable(text: &str) -> Cow<'_, str> {
    if ![":::", "```{", "%%", ")=", "{#"].iter().any(|sign| text.contains(sign)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut code, mut is_note) = (None, false);
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        let fence = plain.len() - plain.trim_start_matches('`').len();
        match code {
            Some(length) => {
                if fence >= length && plain.len() == fence {
                    code = None;
                }
                out.push_str(line);
            }
            None if fence >= 3 && (is_note && plain.len() == fence || is_note_fence(&plain[fence..])) => {
                is_note = plain.len() > fence;
            }
            None if fence >= 3 => {
                code = Some(fence);
                out.push_str(line);
            }
            None if plain.starts_with(":::")
                || plain.starts_with("%%")
                || plain.starts_with('(') && plain.ends_with(")=") =>
            {
                out.push('\n');
            }
            None if is_note && plain.starts_with(':') => {}
            None if plain.starts_with('#') && plain.ends_with('}') => {
                out.push_str(plain.rsplit_once(" {").map_or(plain, |(words, _)| words));
                out.push('\n');
            }
            None => out.push_str(line),
        }
    }
    Cow::Owned(out)
}

/// Whether a fence holds text and not code.
fn is_note_fence(info: &str) -> bool {
    const NAMES: [&str; 13] = [
        "note",
        "tip",
        "hint",
        "important",
        "warning",
        "caution",
        "danger",
        "attention",
        "seealso",
        "admonition",
        "dropdown",
        "tab-set",
        "tab-item",
    ];
    info.trim_start()
        .strip_prefix('{')
        .and_then(|info| info.split_once('}'))
        .is_some_and(|(name, _)| NAMES.contains(&name))
}

/// What stays of an event. `hidden` counts what is open of which nothing stays.
fn plain<'a>(event: Event<'a>, hidden: &mut u32) -> Option<Event<'a>> {
    let hides = |tag: &TagEnd| matches!(tag, TagEnd::Image | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_));
    match event {
        Event::Start(tag) if hides(&tag.to_end()) => {
            *hidden += 1;
            None
        }
        Event::End(tag) if hides(&tag) => {
            *hidden = hidden.saturating_sub(1);
            None
        }
        _ if *hidden > 0 => None,
        Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link) => {
            None
        }
        Event::Start(Tag::CodeBlock(_)) => Some(Event::Start(Tag::CodeBlock(CodeBlockKind::Indented))),
        Event::Start(Tag::BlockQuote(_)) => Some(Event::Start(Tag::BlockQuote(None))),
        Event::End(TagEnd::BlockQuote(_)) => Some(Event::End(TagEnd::BlockQuote(None))),
        Event::Start(Tag::Heading { level, .. }) => {
            Some(Event::Start(Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() }))
        }
        Event::Start(Tag::Table(columns)) => {
            Some(Event::Start(Tag::Table(vec![Alignment::None; columns.len()])))
        }
        other => Some(other),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::gateway::data::tests::file_named;
    use proptest::prelude::*;

    const DOCUMENT: &str = "---\ntitle: x\n---\n# A *tour*\n\nA [link](javascript:alert(1)) and ![a picture](x.png) <b onclick=x>bold</b>.\n\n\
        - [x] done\n- two\n\n<script>alert(1)</script>\n\n```js\"><script>\nif (a < b) {}\n```\n\n> [!NOTE]\n> Mind it.\n\n| a | b |\n|--:|---|\n| 1 | ~~2~~ |\n";

    #[test]
    fn a_document() {
        insta::assert_snapshot!(plain_html(DOCUMENT.as_bytes(), true));
    }

    #[test]
    fn what_is_not_utf8_waits_for_the_viewer() {
        for (name, kind, essence, wanted) in [
            ("a.md", Kind::Markdown, "text/markdown", Preview::Markdown),
            ("a.ipynb", Kind::Notebook, "application/x-ipynb+json", Preview::Cells),
        ] {
            let of = |content_type: &str| {
                Preview::of(&File { kind, ..file_named(name, b"text", content_type, None) })
            };
            assert_eq!(of(&format!("{essence}; charset=utf-8")), Some(wanted), "{name}");
            assert_eq!(of(essence), None, "{name}");
            assert_eq!(of(&format!("{essence}; charset=koi8-r")), None, "{name}");
        }
    }

    #[test]
    fn a_block_that_is_cut_is_left_out() {
        assert_eq!(plain_html("one\n\ntwo **thr".as_bytes(), false), "<p>one</p>\n");
        assert_eq!(plain_html("one\n\ntwo".as_bytes(), true), "<p>one</p>\n<p>two</p>\n");
        assert_eq!(plain_html("no end".as_bytes(), false), "");
        assert_eq!(plain_html("a \u{fc}".as_bytes().get(..3).unwrap(), true), "<p>a \u{fffd}</p>\n");
    }

    #[test]
    fn forms_that_the_viewer_knows_do_not_flash() {
        let text = "# Head {#sec-a .b}\n\n::: {.callout-tip}\nWear *gloves*.\n:::\n\n```{note}\n:class: x\nMind it.\n```\n\n%%hidden%%\n(label)=\nSee [[Other note|it]].\n\n\
            ```\n::: code\n%% code\n```\n";
        assert_eq!(
            plain_html(text.as_bytes(), true),
            "<h1>Head</h1>\n<p>Wear <em>gloves</em>.</p>\n<p>Mind it.</p>\n<p>See it.</p>\n<pre><code>::: code\n%% code\n</code></pre>\n"
        );
    }

    #[test]
    fn a_text_with_headings_leaves_the_place_of_their_list() {
        assert_eq!(markdown(b"# a", true), "<div class=\"prose\"><h1>a</h1>\n</div>");
        assert!(
            markdown(b"# a\n## b\n###### c\n", true)
                .starts_with("<div class=\"with-contents\"><div class=\"prose\">")
        );
    }

    const NAMES: &str =
        "p h1 h2 h3 h4 h5 h6 ul li blockquote pre code em strong del table thead tbody tr th td hr br ol";

    /// The first tag that is neither one of a plain text nor one of the caller's `own`.
    pub(in super::super) fn foreign(html: &str, own: impl Fn(&str, &str) -> bool) -> Option<String> {
        let known = |tag: &str| {
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
            let attributes = tag.split_once(' ').map_or("", |(_, rest)| rest).trim_end_matches('/').trim();
            match name {
                _ if own(name, attributes) => true,
                "input" => attributes.starts_with("disabled=\"\" type=\"checkbox\""),
                "ol" => attributes.is_empty() || attributes.starts_with("start=\""),
                name => NAMES.split(' ').any(|known| known == name) && attributes.is_empty(),
            }
        };
        let mut tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
        tags.find(|tag| !known(tag)).map(str::to_owned)
    }

    proptest! {
        /// Whatever the text is, only these elements come, with these attributes.
        #[test]
        fn nothing_else_comes_out(text in "([a-z<>\"'=\\[\\]()!#*_`~|&;:/ \n-]|<img src=x onerror=y>|<a href=x>|\\[x\\]\\(y\\)|```\n){0,60}") {
            let html = plain_html(text.as_bytes(), true);
            prop_assert_eq!(foreign(&html, |_, _| false), None, "{}", html);
        }
    }
}

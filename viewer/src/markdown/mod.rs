//! Markdown to HTML: `CommonMark` with GitHub's extensions, mathematics and notebook habits.
//!
//! The HTML that leaves here is *not* safe: authors' raw HTML passes through it. Its only reader is the sanitiser in
//! `viewer/js/markup.ts`, which also resolves addresses, typesets `.math` and colours code. The document pages and
//! the notebook call [`render`].

mod autolink;
mod blocks;
mod bounds;
mod fences;
mod flavour;
mod footnotes;
mod headings;
mod inline;
mod math;
mod references;

pub use flavour::Flavour;
pub use headings::slug;

use pulldown_cmark::{
    BlockQuoteKind, CowStr, Event, MetadataBlockKind, Options, Parser, Tag, TagEnd, TextMergeStream, html,
};

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM);

/// Renders a whole document, front matter included, to HTML that must be sanitised.
pub fn render(text: &str, flavour: Flavour) -> String {
    let front_matter =
        Options::ENABLE_YAML_STYLE_METADATA_BLOCKS.union(Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS);
    render_with(text, OPTIONS.union(front_matter), flavour)
}

/// Renders a fragment, such as a notebook's cell, in which dashes at the top are a rule and not front matter.
pub fn render_fragment(text: &str) -> String {
    render_with(text, OPTIONS, Flavour::Notebook)
}

/// HTML of an output with its formulas as `.math` elements for the typesetter, by the rules of notebooks. It is as safe or
/// unsafe as before.
pub fn formulas_in_html(html: &str) -> String {
    math::in_html(html)
}

fn render_with(text: &str, options: Options, flavour: Flavour) -> String {
    let text = bounds::shallow(text.strip_prefix('\u{feff}').unwrap_or(text));
    let options = if bounds::footnotes_are_few(&text) {
        options
    } else {
        options.difference(Options::ENABLE_FOOTNOTES)
    };
    let text = blocks::rewritten(&text, flavour);
    let (text, mut formulas) = math::taken_out(&text, flavour);
    let options = options.union(flavour.options());
    let events = formulas.back(TextMergeStream::new(Parser::new_ext(&text, options)).collect());
    let numbers = if flavour == Flavour::Pandoc {
        inline::Numbers::of(&text, &events)
    } else {
        inline::Numbers::default()
    };
    let events = autolink::link_addresses(inline::dressed(events, flavour, &numbers));
    let events = headings::with_ids(references::as_formulas(events));
    let events = footnotes::at_the_end(events.into_iter().flat_map(adorn).collect());
    let mut html = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut html, events.into_iter());
    html
}

/// Replaces the events whose HTML this viewer writes in its own way.
fn adorn(event: Event<'_>) -> Vec<Event<'_>> {
    let html = |text: &'static str| Event::Html(CowStr::Borrowed(text));
    match event {
        Event::Start(Tag::BlockQuote(Some(kind))) => vec![Event::Html(alert(kind).into())],
        Event::End(TagEnd::BlockQuote(Some(_))) => vec![html("</div>\n")],
        Event::Start(Tag::Table(_)) => vec![html("<div class=\"table-scroll\">"), event],
        Event::End(TagEnd::Table) => vec![event, html("</div>\n")],
        Event::Start(Tag::MetadataBlock(kind)) => vec![Event::Html(front_matter(kind).into())],
        Event::End(TagEnd::MetadataBlock(_)) => vec![html("</code></pre></details>\n")],
        event => vec![event],
    }
}

fn alert(kind: BlockQuoteKind) -> String {
    let (class, title) = match kind {
        BlockQuoteKind::Note => ("note", "Note"),
        BlockQuoteKind::Tip => ("tip", "Tip"),
        BlockQuoteKind::Important => ("important", "Important"),
        BlockQuoteKind::Warning => ("warning", "Warning"),
        BlockQuoteKind::Caution => ("caution", "Caution"),
    };
    format!("<div class=\"alert alert-{class}\"><p class=\"alert-title\">{title}</p>\n")
}

fn front_matter(kind: MetadataBlockKind) -> String {
    let language = match kind {
        MetadataBlockKind::YamlStyle => "yaml",
        MetadataBlockKind::PlusesStyle => "toml",
    };
    format!(
        "<details class=\"front-matter\"><summary>Front matter</summary><pre><code class=\"language-{language}\">"
    )
}

#[cfg(test)]
mod tests;

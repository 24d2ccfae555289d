//! Takes the formulas out of a text before it is parsed, and puts them back as formulas afterwards.
//!
//! Markdown would read the lines of a formula as lists, headings or table rows (`- b`, `= c`, `a | b`), its `_` and `*` as
//! emphasis, and knows neither `\begin{align}` without dollars nor formulas within HTML. So each formula that [`scan`]
//! finds leaves a mark behind, which no rule of Markdown looks at; [`Formulas::back`] finds the marks again wherever they
//! have come to stand. A mark that an author writes is taken out first, and each formula comes back once.

mod money;
mod scan;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use std::borrow::Cow;

use super::Flavour;

/// Around the number of a formula. Noncharacters of a private plane: no text has a use for them.
const OPEN: char = '\u{10fff0}';
const CLOSE: char = '\u{10fff1}';

/// One formula.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Formula {
    tex: String,
    is_displayed: bool,
    /// As it stands in the text, for places where it turns out to be code.
    source: String,
}

/// The formulas of a text, in the order of their marks.
#[derive(Debug, Default)]
pub(super) struct Formulas(Vec<Option<Formula>>);

/// The text with marks in the place of its formulas.
pub(super) fn taken_out(text: &str, flavour: Flavour) -> (Cow<'_, str>, Formulas) {
    marked(text, scan::Rules::Text(flavour))
}

/// HTML with its formulas as `.math` elements, by the rules of notebooks. It must be sanitised afterwards, as before.
pub(super) fn in_html(html: &str) -> String {
    let (text, mut formulas) = marked(html, scan::Rules::Html);
    formulas.replaced(&text, |formula| span(&formula.tex, formula.is_displayed))
}

fn marked(text: &str, rules: scan::Rules) -> (Cow<'_, str>, Formulas) {
    let text = if text.contains([OPEN, CLOSE]) {
        Cow::Owned(text.replace([OPEN, CLOSE], "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    };
    let found = scan::formulas(&text, rules);
    if found.is_empty() {
        return (text, Formulas::default());
    }
    let mut out = String::with_capacity(text.len());
    let (mut from, mut formulas) = (0, Vec::with_capacity(found.len()));
    for found in found {
        out.push_str(&text[from..found.start]);
        out.push(OPEN);
        out.push_str(&formulas.len().to_string());
        out.push(CLOSE);
        let source = text[found.start..found.end].to_owned();
        formulas.push(Some(Formula { tex: found.tex, is_displayed: found.is_displayed, source }));
        from = found.end;
    }
    out.push_str(&text[from..]);
    (Cow::Owned(out), Formulas(formulas))
}

impl Formulas {
    /// The events with formulas in the place of their marks.
    pub(super) fn back(&mut self, events: Vec<Event<'_>>) -> Vec<Event<'static>> {
        let mut out = Vec::with_capacity(events.len());
        let mut verbatim = 0_usize;
        for event in events {
            match &event {
                Event::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => verbatim += 1,
                Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => {
                    verbatim = verbatim.saturating_sub(1);
                }
                _ => {}
            }
            match event {
                Event::Text(text) if verbatim == 0 => self.split(&text, &mut out),
                Event::Text(text) => out.push(Event::Text(self.source(&text).into())),
                Event::Code(text) => out.push(Event::Code(self.source(&text).into())),
                Event::Html(html) => out.push(Event::Html(self.html(&html).into())),
                Event::InlineHtml(html) => out.push(Event::InlineHtml(self.html(&html).into())),
                Event::Start(tag) => out.push(Event::Start(self.tag(tag.into_static()))),
                event => out.push(event.into_static()),
            }
        }
        out
    }

    /// A link's address and a picture's are as they are written.
    fn tag(&mut self, tag: Tag<'static>) -> Tag<'static> {
        match tag {
            Tag::Link { link_type, dest_url, title, id } => Tag::Link {
                link_type,
                dest_url: self.source(&dest_url).into(),
                title: self.source(&title).into(),
                id,
            },
            Tag::Image { link_type, dest_url, title, id } => Tag::Image {
                link_type,
                dest_url: self.source(&dest_url).into(),
                title: self.source(&title).into(),
                id,
            },
            Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(info)) => {
                Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(self.source(&info).into()))
            }
            tag => tag,
        }
    }

    fn split(&mut self, text: &str, out: &mut Vec<Event<'static>>) {
        let push = |text: &str, out: &mut Vec<Event<'static>>| {
            if !text.is_empty() {
                out.push(Event::Text(CowStr::from(text.to_owned())));
            }
        };
        let mut rest = text;
        while let Some((before, number, after)) = next_mark(rest) {
            push(before, out);
            if let Some(formula) = self.take(number) {
                let tex = formula.tex.into();
                out.push(if formula.is_displayed { Event::DisplayMath(tex) } else { Event::InlineMath(tex) });
            }
            rest = after;
        }
        push(rest, out);
    }

    /// As the author wrote it.
    fn source(&mut self, text: &str) -> String {
        self.replaced(text, |formula| formula.source)
    }

    /// Raw HTML: what it escapes already stays as it is.
    fn html(&mut self, html: &str) -> String {
        // Within a tag or a comment it is no formula.
        if html.starts_with('<') && html.ends_with('>') && html.matches('<').count() == 1 {
            return self.source(html);
        }
        self.replaced(html, |formula| {
            let tex = formula.tex.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            span(&tex.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"), formula.is_displayed)
        })
    }

    fn replaced(&mut self, text: &str, write: impl Fn(Formula) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, number, after)) = next_mark(rest) {
            out.push_str(before);
            out.extend(self.take(number).map(&write));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn take(&mut self, number: &str) -> Option<Formula> {
        self.0.get_mut(number.parse::<usize>().ok()?)?.take()
    }
}

fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(OPEN)?;
    let (number, after) = rest.split_once(CLOSE)?;
    Some((before, number, after))
}

fn span(escaped: &str, is_displayed: bool) -> String {
    let class = if is_displayed { "math-display" } else { "math-inline" };
    format!("<span class=\"math {class}\">{escaped}</span>")
}

#[cfg(test)]
mod tests {
    use super::super::{Flavour, render, render_fragment};
    use super::*;
    use proptest::prelude::*;

    /// The formulas of a text, displayed ones in double dollars.
    fn formulas(text: &str, flavour: Flavour) -> Vec<String> {
        let (_, Formulas(found)) = taken_out(text, flavour);
        let write =
            |f: Formula| if f.is_displayed { format!("$${}$$", f.tex) } else { format!("${}$", f.tex) };
        found.into_iter().flatten().map(write).collect()
    }

    #[test]
    fn formulas_are_found_where_markdown_would_not() {
        for (text, expected) in [
            ("$$\na\n= b % why\n- c\n$$\nafter", vec!["$$a = b - c$$"]),
            (
                "x\n\\begin{align}\na &= b \\\\\n\n&= 5\\%\n\\end{align}\ny",
                vec!["$$\\begin{align} a &= b \\\\ &= 5\\% \\end{align}$$"],
            ),
            ("$$a$$ and $$b$$", vec!["$$a$$", "$$b$$"]),
            ("```\n$$\na\n$$\n```", vec![]),
            ("~~~\n$a$\n~~~\n$b$", vec!["$b$"]),
            ("`$$`\nb", vec![]),
            ("`` $a$ ` `` $b$", vec!["$b$"]),
            ("$$ never\nclosed", vec![]),
            ("text $$a\n+ b$$ more", vec!["$$a + b$$"]),
            ("> $$\n> q = r\n> $$", vec!["$$q = r$$"]),
            ("    $a$\n\n$b$", vec!["$b$"]),
            ("- x\n\n    $a$", vec!["$a$"]),
            ("$`a_1 `b` $`$ and $`c`$", vec!["$a_1 `b` $$", "$c$"]),
            ("| $P(A|B)$ | $|x|$ |", vec!["$P(A|B)$", "$|x|$"]),
            ("[a](x$y$z) https://a.example/$b$ <a href=\"$c$\">$d$</a>", vec!["$d$"]),
            ("\\$5 and $x$", vec!["$x$"]),
            ("$\\text{if $x$ is}$", vec!["$\\text{if $x$ is}$"]),
            ("$$$ and $$$$", vec![]),
            ("a $b\n\nc$ d", vec![]),
        ] {
            assert_eq!(formulas(text, Flavour::GitHub), expected, "{text:?}");
            assert_eq!(formulas(text, Flavour::Notebook), expected, "{text:?}");
        }
    }

    #[test]
    fn notebooks_have_the_delimiters_of_mathjax() {
        let text = "\\\\( a^2 \\\\) and\n\n\\\\[ \\int_0^1 \\\\]\n\nsee \\begin{equation}x\\end{equation}";
        assert_eq!(
            formulas(text, Flavour::Notebook),
            ["$a^2$", "$$\\int_0^1$$", "$$\\begin{equation}x\\end{equation}$$"]
        );
        assert_eq!(formulas(text, Flavour::GitHub), [""; 0]);
        assert_eq!(formulas("\\(a\\) \\[b\\]", Flavour::Pandoc), ["$a$", "$$b$$"]);
        assert_eq!(
            formulas("$\\\\[2pt]$ \\begin{itemize}\\end{itemize}", Flavour::Notebook),
            ["$\\\\[2pt]$"]
        );
    }

    #[test]
    fn html_has_formulas_too() {
        assert_eq!(
            in_html(
                "<td>$\\alpha_1 &lt; 2$</td><td>costs $5</td><td>and $6</td><code>$x$</code><a title='$y$'>\\(z\\)</a>"
            ),
            "<td><span class=\"math math-inline\">\\alpha_1 &lt; 2</span></td><td>costs $5</td><td>and $6</td><code>$x$</code>\
             <a title='$y$'><span class=\"math math-inline\">z</span></a>"
        );
        let html = render_fragment("<div>In $\\gamma_{1}$ and<ol><li>$x_1 * y_1 * z_1 < a$</li></ol></div>");
        assert_eq!(html.matches("math-inline").count(), 2, "{html}");
        assert!(html.contains("z_1 &lt; a</span>"), "{html}");
    }

    #[test]
    fn a_formula_stays_as_it_is_among_other_forms() {
        let html = render(
            "# Head $E = mc^2$\n\n*it $\\tau_*$* **$a*b$** [l $x$](y) $\\{1,2\\}$\n\n| $a|b$ | c |\n|-|-|\n",
            Flavour::GitHub,
        );
        for tex in ["E = mc^2", "\\tau_*", "a*b", "x", "\\{1,2\\}", "a|b"] {
            assert!(
                html.contains(&format!("<span class=\"math math-inline\">{tex}</span>")),
                "{tex}: {html}"
            );
        }
        assert!(html.contains("id=\"head-e--mc2\""), "{html}");
    }

    #[test]
    fn marks_of_an_author_bring_nothing_back() {
        let html =
            render(&format!("$a$ {OPEN}0{CLOSE} {}", format!("{OPEN}0{CLOSE}").repeat(100)), Flavour::GitHub);
        assert_eq!(html.matches("math-inline").count(), 1);
    }

    /// A flood of openings without ends is read in one pass.
    #[test]
    fn hostile_texts_take_linear_time() {
        for piece in [
            "\\begin{align}",
            "$",
            "$$",
            "$`",
            "`",
            "``` ",
            "\\\\(",
            "\\\\[",
            "<a ",
            "${",
            "](",
            "$a\n",
            "`` ` ",
        ] {
            let begun = std::time::Instant::now();
            let text = piece.repeat(100_000);
            for flavour in [Flavour::GitHub, Flavour::Notebook, Flavour::Pandoc] {
                let _ = taken_out(&text, flavour);
            }
            let _ = in_html(&text);
            assert!(begun.elapsed().as_secs() < 8, "{piece}: {:?}", begun.elapsed());
        }
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in "(\\$\\$?|\\\\begin\\{align\\}|\\\\end\\{align\\}|`{1,3}|\\\\\\\\[\\[\\]()]|[a1\n%\\\\é<>\\[\\]() ]){0,40}") {
            for flavour in [Flavour::GitHub, Flavour::Notebook, Flavour::Pandoc] {
                let (marked, mut formulas) = taken_out(&text, flavour);
                prop_assert_eq!(formulas.source(&marked), text.as_str());
            }
        }

        #[test]
        fn plain_text_is_untouched(text in "[^$\\\\]{0,60}") {
            prop_assert_eq!(&*taken_out(&text, Flavour::GitHub).0, text.as_str());
        }

        #[test]
        fn no_html_is_lost(text in "(\\$|<a>|</a>|<a |\\\\\\(|\\\\\\)|[a-c<>\"' ]){0,40}") {
            let plain = in_html(&text).replace("<span class=\"math math-inline\">", "").replace("<span class=\"math math-display\">", "").replace("</span>", "");
            prop_assert!(plain.matches('<').count() == text.matches('<').count());
        }
    }
}

//! References to equations that stand in running text, `\ref{a}` and `\eqref{a}`, as notebooks have them: each becomes a
//! formula of its own, which the typesetter makes a link. Code and links keep theirs as they are written.

use pulldown_cmark::{CowStr, Event, TagEnd};

const COMMANDS: [&str; 2] = ["\\ref{", "\\eqref{"];

/// A label longer than this is none.
const LABEL_MAX: usize = 100;

/// Cuts references out of the texts.
pub(super) fn as_formulas(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut out = Vec::with_capacity(events.len());
    let mut verbatim = 0usize;
    for event in events {
        match &event {
            Event::Start(tag) if is_verbatim(tag.to_end()) => verbatim += 1,
            Event::End(tag) if is_verbatim(*tag) => verbatim = verbatim.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Text(text) if verbatim == 0 && text.contains("ref{") => split(&text, &mut out),
            event => out.push(event),
        }
    }
    out
}

fn is_verbatim(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::MetadataBlock(_))
}

fn split(text: &str, out: &mut Vec<Event<'_>>) {
    let owned = |text: &str| CowStr::from(text.to_owned());
    let mut rest = text;
    while let Some((before, reference, after)) = next(rest) {
        if !before.is_empty() {
            out.push(Event::Text(owned(before)));
        }
        out.push(Event::InlineMath(owned(reference)));
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Event::Text(owned(rest)));
    }
}

/// The first reference, with what stands before and after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let (at, command) = COMMANDS.iter().filter_map(|c| Some((rest.find(c)?, *c))).min()?;
        let (start, label) = (from + at, from + at + command.len());
        let length = text.get(label..)?.find(['}', '{', '\\', '\n']);
        match length.filter(|length| (1..=LABEL_MAX).contains(length)) {
            Some(length) if text[label + length..].starts_with('}') => {
                let end = label + length + 1;
                return Some((&text[..start], &text[start..end], &text[end..]));
            }
            _ => from = label,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_found_and_the_rest_stays() {
        for (text, expected) in [
            ("see \\eqref{eq:a_b}.", Some(("see ", "\\eqref{eq:a_b}", "."))),
            ("\\ref{}\\ref{x}", Some(("\\ref{}", "\\ref{x}", ""))),
            ("\\ref{a{b}", None),
            ("\\href{a}", None),
        ] {
            assert_eq!(next(text), expected, "{text}");
        }
    }

    #[test]
    fn code_keeps_its_references() {
        let html = super::super::render(
            "A \\ref{a}, `\\ref{b}`, [\\ref{c}](x)\n\n    \\ref{d}\n",
            super::super::Flavour::GitHub,
        );
        assert_eq!(html.matches("math-inline").count(), 1, "{html}");
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in "(\\\\ref\\{|\\\\eqref\\{|\\}|[ab\\\\é\n]){0,30}") {
            let mut out = Vec::new();
            split(&text, &mut out);
            let joined: String = out.iter().map(|event| match event {
                Event::Text(text) | Event::InlineMath(text) => &**text,
                _ => "",
            }).collect();
            prop_assert_eq!(joined, text);
        }
    }
}

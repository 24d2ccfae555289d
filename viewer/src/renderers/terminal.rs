//! Terminal text: streams and tracebacks.

use crate::ansi::{Span, spans};
use crate::format;
use leptos::prelude::*;

/// Longer output is cut until the reader asks for the rest: some notebooks hold megabytes of progress messages.
const CHARACTERS_SHOWN: usize = 40_000;

/// Terminal text with its colours.
pub(super) fn terminal(text: &str, class: &'static str) -> AnyView {
    let all = spans(text);
    let length: usize = all.iter().map(|span| span.text.len()).sum();
    if length <= CHARACTERS_SHOWN {
        return drawn(all, class);
    }
    let whole = RwSignal::new(false);
    let hidden = u64::try_from(length - CHARACTERS_SHOWN).unwrap_or(u64::MAX);
    let view = move || {
        if whole.get() {
            return drawn(all.clone(), class);
        }
        let more = format!("Show {} more of output", format::size(hidden));
        view! {
            {drawn(cut(&all), class)}
            <button type="button" class="button more" on:click=move |_| whole.set(true)>{more}</button>
        }
        .into_any()
    };
    view! { {view} }.into_any()
}

/// The first spans, up to the limit.
fn cut(all: &[Span]) -> Vec<Span> {
    let mut left = CHARACTERS_SHOWN;
    let mut shown = Vec::new();
    for span in all {
        let end = span.text.floor_char_boundary(left);
        shown.push(Span { text: span.text[..end].to_owned(), style: span.style });
        left -= end;
        if end < span.text.len() {
            break;
        }
    }
    shown
}

fn drawn(spans: Vec<Span>, class: &'static str) -> AnyView {
    let pieces: Vec<AnyView> = spans
        .into_iter()
        .map(|Span { text, style }| match (style.classes(), style.properties()) {
            (classes, _) if classes.is_empty() => text.into_any(),
            (classes, colours) if colours.is_empty() => {
                view! { <span class=classes>{text}</span> }.into_any()
            }
            (classes, colours) => view! { <span class=classes style=colours>{text}</span> }.into_any(),
        })
        .collect();
    view! { <pre class=class tabindex="0">{pieces}</pre> }.into_any()
}

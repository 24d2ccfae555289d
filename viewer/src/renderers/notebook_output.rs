//! What a notebook's code cells printed.

use super::notebook::Shared;
use super::terminal::terminal;
use super::{code, frame};
use crate::markdown::render_fragment;
use crate::notebook::{Output, Shown, choose, latex_html};
use leptos::prelude::*;

/// More outputs than this in one cell are left out: a loop that displays ten thousand figures would end the tab.
const OUTPUTS_SHOWN: usize = 500;

/// The outputs of a cell.
pub(super) struct Outputs<'a> {
    pub(super) shared: &'a Shared,
    pub(super) printed: Vec<Output>,
    pub(super) hidden: bool,
}

/// Draws them; nothing when there are none.
pub(super) fn outputs(outputs: &Outputs<'_>) -> Option<AnyView> {
    if outputs.printed.is_empty() {
        return None;
    }
    let left_out = outputs.printed.len().saturating_sub(OUTPUTS_SHOWN);
    let drawn: Vec<AnyView> =
        outputs.printed.iter().take(OUTPUTS_SHOWN).map(|output| drawn(outputs.shared, output)).collect();
    let note = (left_out > 0)
        .then(|| view! { <p class="small">{format!("{left_out} more outputs are not shown.")}</p> });
    let all = view! { <div class="outputs">{drawn}{note}</div> };
    Some(if outputs.hidden {
        view! { <details class="folded outputs-folded"><summary>"Output"</summary>{all}</details> }.into_any()
    } else {
        all.into_any()
    })
}

fn drawn(shared: &Shared, output: &Output) -> AnyView {
    match output {
        Output::Stream { is_error: false, text } => terminal(text, "stream"),
        Output::Stream { is_error: true, text } => terminal(text, "stream stream-error"),
        Output::Error { name, value, traceback } if traceback.trim().is_empty() => {
            terminal(&format!("{name}: {value}"), "stream traceback")
        }
        Output::Error { traceback, .. } => terminal(traceback, "stream traceback"),
        Output::Rich { forms, metadata, .. } => shown(shared, choose(forms, metadata, &shared.language)),
    }
}

fn shown(shared: &Shared, shown: Shown) -> AnyView {
    match shown {
        Shown::PlainHtml(html) => shared.html(html, Vec::new()),
        Shown::Markdown(text) => shared.html(render_fragment(&text).html, Vec::new()),
        Shown::Latex(tex) => shared.html(latex_html(&tex), Vec::new()),
        Shown::Frame { form, data } => frame::output(shared.context, &shared.snapshot, form, &data),
        Shown::Image { url, width, height, alt } => view! {
            <img class="output-image" src=url alt=alt width=width height=height decoding="async" />
        }
        .into_any(),
        Shown::Json(text) => {
            let code = code::snippet(shared.context, &text, "json");
            view! { <details class="folded" open=text.len() < 4000><summary>"JSON"</summary>{code}</details> }.into_any()
        }
        Shown::Text(text) => terminal(&text, "stream"),
        Shown::Widget(text) => view! {
            <div class="part-problem widget">
                <p>"An interactive widget was here. It needs the kernel that made it, which a published notebook does not have."</p>
                <code>{text}</code>
            </div>
        }
        .into_any(),
        Shown::Nothing(types) if types.is_empty() => ().into_any(),
        Shown::Nothing(types) => {
            let text = format!("This output has only forms that cannot be shown here: {}.", types.join(", "));
            view! { <p class="part-problem small">{text}</p> }.into_any()
        }
    }
}

//! What may run: HTML files and rich outputs, in the frame origin's sandbox and nowhere else.

use super::{mounted, object};
use crate::app::Context;
use crate::load::Snapshot;
use crate::pages::problem;
use leptos::prelude::*;
use vitrine_protocol::File;

/// Exactly this list (design §6): no same-origin, no popups, no modals, no top navigation.
const SANDBOX: &str = "allow-scripts allow-downloads allow-forms allow-pointer-lock";

/// An HTML file, served by the frame origin.
pub(super) fn html_file(file: &File, url: String) -> AnyView {
    view! {
        <iframe
            class="html-file"
            title=file.name.to_string()
            sandbox=SANDBOX
            allow="fullscreen"
            referrerpolicy="no-referrer"
            src=url
        ></iframe>
    }
    .into_any()
}

/// One output of a notebook, handed to the frame origin's page.
pub(super) fn output(context: Context, snapshot: &Snapshot, form: &'static str, data: &str) -> AnyView {
    let input = object([
        ("url", snapshot.routes.frame_page().into()),
        ("form", form.into()),
        ("data", data.into()),
        ("title", format!("Output ({form})").into()),
    ]);
    mounted(context, "frame", "output-frame-host", input, |reason| {
        problem::part("This output could not be shown", reason, None)
    })
}

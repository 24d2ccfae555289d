//! HTML files, in the frame origin's sandbox and nowhere else.

use super::progress::Progress;
use leptos::prelude::*;
use vitrine_protocol::File;

/// Exactly this list (design §6): no same-origin, no popups, no modals, no top navigation.
const SANDBOX: &str = "allow-scripts allow-downloads allow-forms allow-pointer-lock";

/// An HTML file, served by the frame origin.
pub(super) fn file(file: &File, url: String) -> AnyView {
    let progress = Progress::new();
    view! {
        <iframe
            class="html-file"
            title=file.name.to_string()
            sandbox=SANDBOX
            allow="fullscreen"
            referrerpolicy="no-referrer"
            src=url
            data-rendered=move || progress.get()
            on:load=move |_| progress.set(Progress::DONE)
        ></iframe>
    }
    .into_any()
}

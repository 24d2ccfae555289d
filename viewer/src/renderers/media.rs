//! What cannot be shown: what it is, and a download.

use crate::text;
use leptos::prelude::*;
use vitrine_protocol::File;

/// Name, size, type and a download.
pub(super) fn download_only(file: &File, download: String) -> AnyView {
    view! {
        <div class="part-problem">
            <p><strong>"There is no preview for this kind of file"</strong></p>
            <p>{format!("{}, {}", file.content_type.essence(), text::size(file.size))}</p>
            <p><a class="button" href=download download=file.name.to_string()>"Download"</a></p>
        </div>
    }
    .into_any()
}

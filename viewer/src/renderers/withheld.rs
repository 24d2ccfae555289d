//! What is never shown: says in words what the file is and why, and offers the download, which the heading has, too. There is no
//! way to insist and no source view (`presentation::has_source`). `super::content` calls it.

use crate::text;
use leptos::prelude::*;
use vitrine_protocol::File;

/// The page of such a file.
pub(super) fn notice(file: &File, download: String) -> AnyView {
    view! {
        <div class="part-problem withheld">
            <p><strong>{text::t("withheld.title")}</strong></p>
            <p>{text::t("withheld.why")}</p>
            <p>{text::t("withheld.owner")}</p>
            <p><a class="button" href=download download=file.name.to_string()>{text::t("withheld.download")}</a></p>
        </div>
    }
    .into_any()
}

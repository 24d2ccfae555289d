//! PDF files in pdf.js.

use super::{failed_part, mounted, object};
use crate::app::Context;
use crate::load::Snapshot;
use leptos::prelude::*;
use vitrine_protocol::EntryPath;

/// A PDF, fetched from `url` by ranges.
pub(super) fn pdf(context: Context, snapshot: &Snapshot, path: &EntryPath, url: String) -> AnyView {
    let input = object([("url", url.into())]);
    mounted(context, "pdf", "pdf", input, failed_part("This PDF could not be shown", snapshot.download(path)))
}

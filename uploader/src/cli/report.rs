//! What is said at the end: the summary for people, the URL, and the last JSON line.

use super::args::PublishArgs;
use super::output::{Output, printable};
use indicatif::{BinaryBytes, HumanCount};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::time::Duration;
use vitrine::Published;
use vitrine::omission::Omissions;

/// How many problems are named on the terminal; `--json` names them all.
const NAMED_MAX: usize = 20;

/// Prints the end of a publish: people's lines to standard error, data to standard output, the URL last.
///
/// Fails when standard output cannot be written, for a program may wait for what stands there.
pub(super) fn print(
    output: &Output,
    args: &PublishArgs,
    published: &Published,
    would_send: Vec<(String, u64)>,
    took: Duration,
) -> io::Result<()> {
    for line in warnings(&published.omissions) {
        output.warn(&line);
    }
    if args.share.is_some() && args.store.is_none() && has_settings(args) {
        output.warn("the share exists: its title, description, licence and scope stay as they are");
    }
    output.status(&summary(published, args.dry_run, took));
    if output.json {
        Output::event(&event(published, args.dry_run, would_send))
    } else if published.url.is_empty() {
        Ok(())
    } else {
        Output::data(&published.url)
    }
}

fn has_settings(args: &PublishArgs) -> bool {
    args.title.is_some() || args.description.is_some() || args.license.is_some() || args.scope.is_some()
}

/// The lines about what is missing that should not be.
pub(super) fn warnings(omissions: &Omissions) -> Vec<String> {
    let problems: Vec<_> = omissions.named().into_iter().filter(|o| o.reason.is_problem()).collect();
    let mut lines: Vec<String> = problems
        .iter()
        .take(NAMED_MAX)
        .map(|omission| {
            let detail = omission.detail.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!("left out `{}`: {}{detail}", printable(&omission.path), omission.reason)
        })
        .collect();
    let all: u64 = omissions.counts().iter().filter(|(reason, _)| reason.is_problem()).map(|(_, n)| n).sum();
    if let Some(more) = all.checked_sub(lines.len() as u64).filter(|more| *more > 0) {
        lines.push(format!("left out {more} more; --json names them"));
    }
    lines
}

/// The lines for people.
pub(super) fn summary(published: &Published, dry_run: bool, took: Duration) -> String {
    let Published { files, bytes, .. } = published;
    let all = format!("{} {} ({})", HumanCount(*files), plural(*files, "file"), BinaryBytes(*bytes));
    let secs = took.as_secs_f64();
    let sent = format!(
        "{} {} ({})",
        HumanCount(published.uploaded_objects),
        plural(published.uploaded_objects, "blob"),
        BinaryBytes(published.uploaded_bytes)
    ) + &inside(published);
    let mut text = match (published.changed, dry_run) {
        (false, _) if published.uploaded_objects > 0 => {
            let again = if dry_run { "would send" } else { "sent" };
            format!("Nothing changed: {all} as published, checked in {secs:.1} s; {again} {sent} again.")
        }
        (false, _) => format!("Nothing changed: {all} as published, checked in {secs:.1} s."),
        (true, false) => format!("Published {all} in {secs:.1} s; sent {sent}."),
        (true, true) => format!("Would publish {all}; would send {sent}."),
    };
    let changes: Vec<String> = [
        (published.new_files, "new"),
        (published.changed_files, "changed"),
        (published.removed_files, "removed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", HumanCount(count)))
    .collect();
    if !changes.is_empty() {
        let _ = write!(text, "\nFiles: {}.", changes.join(", "));
    }
    if published.saved_bytes > 0 {
        let _ = write!(text, "\nSaved: {} were stored already.", BinaryBytes(published.saved_bytes));
    }
    let left_out: Vec<String> = published
        .omissions
        .counts()
        .iter()
        .map(|(reason, count)| format!("{} {reason}", HumanCount(*count)))
        .collect();
    if !left_out.is_empty() {
        let _ = write!(text, "\nLeft out: {}.", left_out.join(", "));
    }
    text
}

/// What the blobs are, where it is worth a word.
fn inside(published: &Published) -> String {
    let parts: Vec<String> = [(published.packs, "pack"), (published.deltas, "delta")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {}", HumanCount(count), plural(count, word)))
        .collect();
    if parts.is_empty() { String::new() } else { format!(", with {}", parts.join(" and ")) }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The last JSON line.
pub(super) fn event(published: &Published, dry_run: bool, would_send: Vec<(String, u64)>) -> Value {
    let mut event = json!({
        "event": if dry_run { "planned" } else { "published" },
        "share_id": published.share_id,
        "manifest_id": published.manifest_id,
        "url": published.url,
        "created": published.created,
        "changed": published.changed,
        "files": published.files,
        "bytes": published.bytes,
        "uploaded_bytes": published.uploaded_bytes,
        "uploaded_objects": published.uploaded_objects,
        "new_files": published.new_files,
        "changed_files": published.changed_files,
        "removed_files": published.removed_files,
        "packs": published.packs,
        "deltas": published.deltas,
        "saved_bytes": published.saved_bytes,
        "skipped": published.omissions.named(),
        "skipped_counts": published.omissions.counts(),
    });
    if dry_run {
        let files = would_send.into_iter().map(|(path, bytes)| json!({ "path": path, "bytes": bytes }));
        event["would_send"] = files.collect::<Vec<Value>>().into();
    }
    event
}

//! A folder as a plain list, at `raw/…/` and `files/…/`: for programs that fetch folders by following links (`wget -r`, lftp, rclone,
//! `pip --find-links`), as HTML or, for who prefers it, JSON. It is no page for people; the viewer is.
//!
//! Names are escaped and addresses relative, so the list holds under a capability as well; the page is sandboxed and runs nothing.
//! It never leads up, and through no link to a folder: a program that follows everything comes to an end. A long folder comes in
//! parts of [`ROWS_MAX`], each of which names the next.

use super::Ask;
use super::content::{content, ranged};
use super::headers::{self, Freshness, cache};
use super::page::escape;
use super::snapshot::OpenShare;
use super::zip::layout::civil;
use crate::failure::Failure;
use crate::reply::{Piece, Reply};
use crate::store::Store;
use std::fmt::Write as _;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::tree::{Found, FoundDir, lookup};
use vitrine_protocol::{Entries, EntryName, EntryPath, Extent, Listing, ManifestId, Sha256, json};

/// One part has so many rows: some 3 MB of HTML.
const ROWS_MAX: usize = 20_000;

/// And as many bytes of listings are read for it.
const LISTINGS_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// So many links of a part are looked up; those beyond are left out, as those to folders and to nothing are.
const LINKS_MAX: usize = 64;

/// How a client would have the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Listed {
    #[default]
    Html,
    Json,
}

impl Listed {
    /// By `Accept` (RFC 9110 section 12.5.1), as far as it is worth reading: JSON for who names it and not HTML.
    pub(crate) fn of(accept: Option<&str>) -> Self {
        let accept = accept.unwrap_or_default().to_ascii_lowercase();
        if accept.contains("application/json") && !accept.contains("text/html") {
            Self::Json
        } else {
            Self::Html
        }
    }
}

/// What the address says of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FolderAsk {
    /// It ends with a slash, so that relative addresses lead into the folder.
    pub(crate) slash: bool,
    /// `?after=NAME`: the rows behind that name.
    pub(crate) after: Option<EntryName>,
    pub(crate) listed: Listed,
}

/// A row of the list.
#[derive(serde::Serialize)]
struct Row<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Sha256>,
}

/// Answers with the list of a folder, which was asked for by `asked`; without a slash at the end of its address, with the address that has one.
pub(super) async fn answer<S: Store>(
    share: &OpenShare<'_, S>,
    id: ManifestId,
    (asked, dir): (&EntryPath, &FoundDir),
    freshness: Freshness,
    ask: &Ask,
) -> Result<Reply, Failure> {
    let (folder, gated) = (&ask.folder, share.is_gated());
    let base = Reply::new(200)
        .headers(headers::data())
        .header("cache-control", cache(freshness, gated))
        // It is another form of what the viewer's page shows.
        .header("x-robots-tag", "noindex");
    if !folder.slash {
        let last = asked.name().map_or_else(|| "raw".to_owned(), EntryName::to_url_segment);
        return Ok(Reply { status: 301, ..base.header("location", format!("{last}/")) });
    }
    let part = part(share, id, dir, folder.after.as_ref()).await?;
    let (content_type, text) = match folder.listed {
        Listed::Html => ("text/html; charset=utf-8", html(&dir.path, &part)),
        Listed::Json => ("application/json", json_text(&dir.path, &part)),
    };
    let etag = format!("\"{}\"", Sha256::of(text.as_bytes()));
    let base = base.header("content-type", content_type).header("vary", "Accept");
    let whole = Ask { range: None, ..ask.clone() };
    let size = text.len() as u64;
    let bytes = text.into_bytes();
    let reply = ranged(base, &content(&etag, size), &whole, |_| vec![Piece::Bytes(bytes.clone())])?;
    Ok(reply.header("accept-ranges", "none"))
}

/// Rows of a folder, and whether there are more behind them.
struct Part {
    entries: Entries,
    /// The names of links that lead to files, and those files.
    links: Vec<(EntryName, u64, i64, Sha256)>,
    /// The last name that was looked at, when there are more.
    next: Option<EntryName>,
}

async fn part<S: Store>(
    share: &OpenShare<'_, S>,
    id: ManifestId,
    dir: &FoundDir,
    after: Option<&EntryName>,
) -> Result<Part, Failure> {
    let snapshot = share.manifest(id).await?;
    let source = share.listings_of(&snapshot);
    let (mut entries, mut more) = match &dir.listing {
        Listing::Inline(entries) => (entries.clone(), false),
        stored => {
            let (extents, more) = chosen(stored, after);
            let read = source.read_all(extents.clone()).await?;
            let mut all = Entries::default();
            for at in extents {
                let text = read.get(&at).map(AsRef::as_ref).unwrap_or_default();
                let mut page: Entries = json::from_slice(text).map_err(FormatError::from)?;
                all.files.append(&mut page.files);
                all.dirs.append(&mut page.dirs);
                all.links.append(&mut page.links);
            }
            (Entries::new(all.files, all.dirs, all.links).map_err(FormatError::from)?, more)
        }
    };
    let behind = |name: &EntryName| after.is_none_or(|after| name > after);
    let names: Vec<EntryName> =
        entries.names().filter(|name| behind(name)).take(ROWS_MAX + 1).cloned().collect();
    more |= names.len() > ROWS_MAX;
    let last = names.into_iter().take(ROWS_MAX).next_back();
    let here = |name: &EntryName| behind(name) && last.as_ref().is_some_and(|last| name <= last);
    entries.files.retain(|file| here(&file.name));
    entries.dirs.retain(|dir| here(&dir.name));
    entries.links.retain(|link| here(&link.name));
    let mut links = Vec::new();
    for link in entries.links.iter().take(LINKS_MAX) {
        let Ok(path) = dir.path.join(&link.name) else { continue };
        if let Ok(Found::File { file, .. }) = lookup(&snapshot.manifest, &path, &source).await {
            links.push((link.name.clone(), file.size, file.mtime, file.hash));
        }
    }
    Ok(Part { entries, links, next: last.filter(|_| more) })
}

/// The texts in which the rows behind `after` are, as many as one part takes, and whether there are others behind them.
fn chosen(listing: &Listing, after: Option<&EntryName>) -> (Vec<Extent>, bool) {
    let pages = match listing {
        Listing::Inline(_) => return (Vec::new(), false),
        Listing::At(at) => return (vec![*at], false),
        Listing::Pages(pages) => pages,
    };
    let first = after.map_or(0, |after| pages.partition_point(|page| page.from <= *after).saturating_sub(1));
    let (mut extents, mut left) = (Vec::new(), LISTINGS_BYTES_MAX);
    for page in pages.iter().skip(first) {
        // One page at least, or a folder of long ones would never go on.
        if page.at.length > left && !extents.is_empty() {
            return (extents, true);
        }
        left = left.saturating_sub(page.at.length);
        extents.push(page.at);
    }
    (extents, false)
}

/// All rows in the order of their names.
fn rows(part: &Part) -> Vec<Row<'_>> {
    let files = part.entries.files.iter().map(|file| Row {
        name: file.name.as_str(),
        kind: "file",
        size: Some(file.size),
        mtime: Some(file.mtime),
        sha256: Some(file.hash),
    });
    let dirs = part.entries.dirs.iter().map(|dir| Row {
        name: dir.name.as_str(),
        kind: "directory",
        size: None,
        mtime: Some(dir.mtime),
        sha256: None,
    });
    let links = part.links.iter().map(|(name, size, mtime, hash)| Row {
        name: name.as_str(),
        kind: "file",
        size: Some(*size),
        mtime: Some(*mtime),
        sha256: Some(*hash),
    });
    let mut rows: Vec<Row<'_>> = files.chain(dirs).chain(links).collect();
    rows.sort_unstable_by(|a, b| a.name.cmp(b.name));
    rows
}

/// As nginx's `autoindex` writes it, which programs know.
fn html(path: &EntryPath, part: &Part) -> String {
    let title = escape(&format!("Index of /{path}"));
    let mut out = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body><h1>{title}</h1><hr><pre>\n"
    );
    for row in rows(part) {
        let slash = if row.kind == "directory" { "/" } else { "" };
        let segment = segment(row.name);
        let size = row.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
        let (name, date) = (escape(row.name), date(row.mtime.unwrap_or(0)));
        let pad = " ".repeat(50_usize.saturating_sub(row.name.chars().count() + slash.len()).max(1));
        let _ = writeln!(out, "<a href=\"{segment}{slash}\">{name}{slash}</a>{pad}{date} {size:>19}");
    }
    out.push_str("</pre><hr>");
    if let Some(next) = &part.next {
        let _ = write!(out, "<p><a rel=\"next\" href=\"?after={}\">More</a></p>", next.to_url_segment());
    }
    out.push_str("</body></html>\n");
    out
}

/// A name as an address; every character that could mean something is encoded.
fn segment(name: &str) -> String {
    EntryName::new(name).map(|name| name.to_url_segment()).unwrap_or_default()
}

/// `01-Feb-2024 03:04`, in UTC.
fn date(mtime: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    // The years that have four digits.
    let seconds = mtime.div_euclid(1000).clamp(-62_135_596_800, 253_402_300_799);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"Jan");
    let minutes = seconds.rem_euclid(86_400) / 60;
    format!("{day:02}-{month}-{year:04} {:02}:{:02}", minutes / 60, minutes % 60)
}

fn json_text(path: &EntryPath, part: &Part) -> String {
    #[derive(serde::Serialize)]
    struct Document<'a> {
        path: String,
        entries: Vec<Row<'a>>,
        /// The address of the rest, from this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    }
    let next = part.next.as_ref().map(|name| format!("?after={}", name.to_url_segment()));
    let document = Document { path: path.to_string(), entries: rows(part), next };
    serde_json::to_string(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests;

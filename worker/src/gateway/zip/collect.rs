//! Reads a folder's listings, all the way down, into ZIP entries.

use super::layout::{Content, Entry};
use crate::failure::Failure;
use crate::gateway::range::{Span, cut};
use crate::reply::Piece;
use crate::store::StoreError;
use vitrine_protocol::listing::{Dir, File, Link};
use vitrine_protocol::tree::{ExtentSource, FoundDir, entries};
use vitrine_protocol::{ErrorCode, ShareId};

/// A Worker may ask R2 some 10,000 times for one request, once for each stored piece; the rest is for listings.
const FILES_MAX: u64 = 9_000;

/// All entries below a folder, each path beginning with `top`: unpacked, everything lies in one folder of that name.
pub(crate) async fn collect(
    source: &impl ExtentSource<Error = StoreError>,
    share: ShareId,
    folder: &FoundDir,
    top: &str,
) -> Result<Vec<Entry>, Failure> {
    if folder.file_count > FILES_MAX {
        return Err(Failure::new(
            ErrorCode::TooLarge,
            format!("The folder has {} files; a ZIP takes at most {FILES_MAX}.", folder.file_count),
        )
        .hint("Download its folders one by one."));
    }
    let mut found = vec![directory(format!("{top}/"), folder.mtime.unwrap_or(0))];
    let mut todo = vec![(format!("{top}/"), folder.listing.clone())];
    while let Some((prefix, listing)) = todo.pop() {
        let listed = entries(&listing, source).await?;
        found.extend(listed.files.iter().map(|file| stored(share, &prefix, file)));
        found.extend(listed.links.iter().map(|link| linked(&prefix, link)));
        for Dir { name, mtime, listing, .. } in listed.dirs.into_iter().rev() {
            let path = format!("{prefix}{name}/");
            found.push(directory(path.clone(), mtime));
            todo.push((path, listing));
        }
    }
    Ok(found)
}

fn directory(path: String, mtime: i64) -> Entry {
    Entry { path, content: Content::Dir, size: 0, crc32: 0, mtime }
}

fn stored(share: ShareId, prefix: &str, file: &File) -> Entry {
    let extents = cut(&file.extents(), Span { first: 0, length: file.size });
    Entry {
        path: format!("{prefix}{}", file.name),
        content: Content::File(Piece::of_extents(share, extents)),
        size: file.size,
        crc32: file.crc32,
        mtime: file.mtime,
    }
}

/// A link's content is its target; its time is not known.
fn linked(prefix: &str, link: &Link) -> Entry {
    Entry {
        path: format!("{prefix}{}", link.name),
        size: link.target.len() as u64,
        crc32: crc32fast::hash(link.target.as_bytes()),
        content: Content::Link(link.target.clone()),
        mtime: 0,
    }
}

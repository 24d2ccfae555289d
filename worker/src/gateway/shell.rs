//! What the viewer's page needs of a share: its head's lines for crawlers and link previews, what is there to see before the viewer
//! runs, and the metadata that was read on the way, so that a public page draws without asking again. `page` writes it.
//!
//! A page that may not be read has nothing of it, and looks like the page of a share that does not exist.

use super::first::{Asked, First};
use super::page::{Card, Drawn, head, page};
use super::preview::Preview;
use super::range::{Span, cut};
use super::route::Strictness;
use super::snapshot::{Library, Listings, OpenShare};
use super::template::Template;
use crate::access::Credential;
use crate::access::capability::Purpose;
use crate::failure::Failure;
use crate::memory::Remembered;
use crate::origin::Origins;
use crate::reply::Reply;
use crate::store::{Store, StoreError};
use futures_util::future::try_join_all;
use std::cell::RefCell;
use std::rc::Rc;
use vitrine_protocol::documents;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::tree::{ExtentSource, Found, entries, lookup};
use vitrine_protocol::{
    Entries, EntryPath, Extent, File, Kind, Listing, Manifest, ManifestId, Presentation, Scope, ShareId, rows,
};

/// A manifest longer than this is fetched by the viewer: compressed and kept, it is cheaper than with every page.
const INLINE_MANIFEST_MAX: u64 = 64 * 1024;

/// Listings beside the manifest, all together.
const INLINE_LISTINGS_MAX: u64 = 96 * 1024;

/// A longer listing is not read for the rows that come with the page: some 14,000 entries, a tenth of a second of `wrangler dev`.
const READ_LISTING_MAX: u64 = 4 * 1024 * 1024;

/// At most six requests of a Worker are under way at once; more only queue.
const READS_AT_ONCE: usize = 6;

/// The beginning of a file that lies in more pieces does not come with its page: 32 KiB of a new snapshot have 17 at most.
const PREVIEW_PIECES_MAX: usize = 17;

/// Answers a viewer address: 200 when there is something to see, else the same page with the error's status; the viewer
/// itself then shows why.
pub(crate) async fn answer<S: Store>(
    library: &Library<'_, S>,
    origins: &Origins,
    share: ShareId,
    path: &EntryPath,
    asked: Asked,
    template: &Template,
) -> Reply {
    // A page is opened by a plain link, which carries no credential: what is gated is not here.
    let opened = match library.open(share, &Credential::None, Purpose::Read).await {
        Ok(opened) => opened,
        Err(failure) => return closed(origins, failure.problem.status, template),
    };
    match card(&opened, origins, path, asked).await {
        Ok(card) => {
            let head = head(origins, Some((&card, share, path)));
            page(origins, Strictness::Open, 200, template, &head, Some(&card)).header("link", card.plain)
        }
        Err(failure) => {
            let head = head(origins, None);
            page(origins, Strictness::Open, failure.problem.status, template, &head, None)
        }
    }
}

/// The page for an address that names no share at all.
pub(crate) fn nowhere(origins: &Origins, template: &Template) -> Reply {
    closed(origins, 404, template)
}

/// The page of a share that is not open to all, or is none.
fn closed(origins: &Origins, status: u16, template: &Template) -> Reply {
    page(origins, Strictness::Strict, status, template, &head(origins, None), None)
}

async fn card<S: Store>(
    share: &OpenShare<'_, S>,
    origins: &Origins,
    path: &EntryPath,
    asked: Asked,
) -> Result<Card, Failure> {
    let (latest, stored) = share.latest().await?;
    let remembered = share.manifest(latest.manifest_id).await?;
    let source = Recording { source: share.listings_of(&remembered), read: RefCell::default() };
    let found = lookup(&remembered.manifest, path, &source).await?;
    let listed = match &found {
        Found::Dir(dir) => listed(&dir.listing, &source).await,
        Found::File { .. } => None,
    };
    let shown = match &found {
        Found::File { file, .. } => Some(&**file).filter(|_| !asked.source),
        Found::Dir(_) => listed.as_ref().and_then(rows::readme),
    };
    let beginning = beginning(share, &remembered, shown).await;
    let title = documents::shown_title(&share.meta.title, &remembered.manifest.root_path);
    let description = &share.meta.description;
    let (entries, preview) = (listed.as_ref(), shown.zip(beginning.as_deref()));
    let first = First { share: share.id, title, description, path, found: &found, entries, preview };
    let (inline, fetched) = divided(source.read.into_inner());
    Ok(Card {
        title: titled(&found, path, title),
        description: summary(description),
        indexable: share.meta.scope == Scope::Public && share.meta.indexing_opt_in,
        image: image(origins, share.id, latest.manifest_id, &found),
        drawn: drawn(share.id, latest.manifest_id, &found, shown),
        first: first.html(asked),
        listings: fetched.iter().map(|(at, _)| address(share.id, *at)).collect(),
        plain: plain(share.id, path, &found),
        data: data(share, &stored.bytes, &remembered, inline),
    })
}

/// Where programs find what the page shows (RFC 8288): the list of the folder, or the file.
fn plain(share: ShareId, path: &EntryPath, found: &Found) -> String {
    let slash =
        if matches!(found, Found::Dir(dir) if !dir.path.is_root() || !path.is_root()) { "/" } else { "" };
    format!("</~/{share}/raw/{}{slash}>; rel=\"alternate\"", path.to_url())
}

/// The title of a path's page.
fn titled(found: &Found, path: &EntryPath, share: &str) -> String {
    let name = match found {
        Found::File { file, .. } if !path.is_root() => Some(&file.name),
        Found::Dir(dir) => dir.path.name(),
        Found::File { .. } => None,
    };
    name.map_or_else(|| share.to_owned(), |name| format!("{name} — {share}"))
}

/// The first line of a description, as long as link previews show.
fn summary(description: &str) -> String {
    let line = description.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().take(200).collect()
}

/// Where the viewer asks for a listing.
fn address(share: ShareId, Extent { blob, offset, length }: Extent) -> String {
    format!("/~/{share}/extents/{blob}/{offset}/{length}")
}

/// Reads listings, and keeps what it read for the page.
struct Recording<'a, S> {
    source: Listings<'a, S>,
    read: RefCell<Read>,
}

impl<S: Store> ExtentSource for Recording<'_, S> {
    type Error = StoreError;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, StoreError> {
        let bytes = self.source.read(extent).await?;
        self.read.borrow_mut().push((extent, bytes.clone()));
        Ok(bytes)
    }
}

/// What is in a folder, when its listing is at hand or short.
async fn listed<S: Store>(listing: &Listing, source: &Recording<'_, S>) -> Option<Entries> {
    let length: u64 = match listing {
        Listing::Inline(_) => 0,
        Listing::At(at) => at.length,
        Listing::Pages(pages) => pages.iter().map(|page| page.at.length).sum(),
    };
    if length > READ_LISTING_MAX {
        return None;
    }
    entries(listing, source).await.ok()
}

/// What is drawn at a path: the file, or a folder's README; `shown` is that file.
fn drawn(share: ShareId, manifest: ManifestId, found: &Found, shown: Option<&File>) -> Option<Drawn> {
    let file = shown?;
    let path = match found {
        Found::File { path, .. } => path.clone(),
        // Another README is drawn as the text it is, by a renderer that its type does not say.
        Found::Dir(_) if file.kind != Kind::Markdown => return None,
        Found::Dir(dir) => dir.path.join(&file.name).ok()?,
    };
    // As the viewer asks for it (`viewer/js/source.ts`).
    let url = format!("/~/{share}/files/{manifest}/{}?whole", path.to_url());
    Presentation::of(file).renderer().map(|renderer| Drawn { renderer, url, size: file.size })
}

/// The first blocks or cells of a file. A page without them is a page as well.
async fn beginning<S: Store>(
    share: &OpenShare<'_, S>,
    snapshot: &Rc<Remembered>,
    shown: Option<&File>,
) -> Option<String> {
    let file = shown?;
    let preview = Preview::of(file)?;
    let (source, mut bytes) = (share.listings_of(snapshot), Vec::new());
    let span = Span { first: 0, length: file.size.min(preview.bytes()) };
    let extents = cut(&file.extents(), span);
    if extents.len() > PREVIEW_PIECES_MAX {
        return None;
    }
    for extents in extents.chunks(READS_AT_ONCE) {
        let read = try_join_all(extents.iter().map(|extent| source.read(*extent))).await.ok()?;
        bytes.extend(read.concat());
    }
    preview.html(&bytes, file.size <= preview.bytes())
}

/// The metadata block, as the viewer reads it (`viewer/src/load.rs`).
#[derive(serde::Serialize)]
struct Block<'a> {
    latest: &'a str,
    meta: String,
    manifest: String,
    listings: Vec<(Extent, String)>,
}

type Read = Vec<(Extent, Vec<u8>)>;

/// The listings that come with the page, and those that the viewer fetches.
fn divided(read: Read) -> (Read, Read) {
    let (mut inline, mut fetched, mut left) = (Read::new(), Read::new(), INLINE_LISTINGS_MAX);
    for (extent, bytes) in read {
        if inline.iter().chain(&fetched).any(|(known, _)| *known == extent) {
            continue;
        }
        if extent.length > left {
            fetched.push((extent, bytes));
            continue;
        }
        left -= extent.length;
        inline.push((extent, bytes));
    }
    (inline, fetched)
}

/// The metadata that was read on the way. The manifest's inventory is left out; readers have no use for it.
fn data<S: Store>(
    share: &OpenShare<'_, S>,
    latest: &[u8],
    remembered: &Remembered,
    read: Read,
) -> Option<String> {
    if remembered.size > INLINE_MANIFEST_MAX {
        return None;
    }
    let manifest = Manifest { blobs: Inventory::Inline(Vec::new()), ..remembered.manifest.clone() };
    let text = |(extent, bytes)| Some((extent, String::from_utf8(bytes).ok()?));
    let listings = read.into_iter().map(text).collect::<Option<Vec<_>>>()?;
    // Each document as a text of its own: the viewer reads it by the same code as one that it fetched.
    let block = Block {
        latest: std::str::from_utf8(latest).ok()?,
        meta: serde_json::to_string(&share.meta.public_view()).ok()?,
        manifest: String::from_utf8(manifest.to_json()).ok()?,
        listings,
    };
    serde_json::to_string(&block).ok()
}

/// The picture itself, where a path is one that previews can show.
fn image(origins: &Origins, share: ShareId, manifest: ManifestId, found: &Found) -> Option<String> {
    let Found::File { file, path } = found else { return None };
    let shown = file.kind == Kind::Image && !file.content_type.is_active();
    shown.then(|| format!("{}/~/{share}/files/{manifest}/{}", origins.share, path.to_url()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Body;

    fn template() -> Template {
        Template::parse("<head><style></style><!--vitrine:head--></head><body><!--vitrine:first--><!--vitrine:data--></body><!--vitrine:renderers {\"markdown\":{\"scripts\":[\"/_assets/m.js\"],\"wasm\":[\"/_assets/d.wasm\"],\"whole\":1000}}-->").unwrap()
    }

    #[test]
    fn an_address_of_nothing_gets_the_page_with_404_and_no_index() {
        let reply = nowhere(&Origins::example(), &template());
        assert_eq!(reply.status, 404);
        let Body::Bytes(html) = reply.body else { panic!("a page") };
        insta::assert_snapshot!(String::from_utf8(html).unwrap());
    }
}

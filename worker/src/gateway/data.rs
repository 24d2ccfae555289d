//! The data routes: documents, blobs and files. Called by `edge` on the share and frame origins.

use super::condition::{Validators, Verdict, evaluate};
use super::content::{Content, as_gzip, content, is_compressible, precondition_failed, ranged};
use super::headers::{self, Freshness, cache};
use super::range::cut;
use super::route::{Data, Strictness};
use super::snapshot::{Library, OpenShare};
use super::zip::collect::collect;
use super::zip::layout::{cut as cut_pieces, lay_out};
use super::zip::names::portable;
use super::{Ask, Form, folder};
use crate::access::Credential;
use crate::access::capability::Purpose;
use crate::failure::Failure;
use crate::origin::Origins;
use crate::reply::{Body, Piece, Reply};
use crate::store::Store;
use vitrine_protocol::tree::Found;
use vitrine_protocol::{
    EntryName, EntryPath, ErrorCode, Extent, File, ManifestId, ObjectKey, Scope, Sha256, ShareId,
};

/// Where data is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The share origin.
    Share,
    /// The frame origin, where documents are what they are.
    Frame(Strictness),
}

impl Place {
    /// What a capability must be for here.
    pub(crate) fn purpose(self) -> Purpose {
        if self == Self::Share { Purpose::Read } else { Purpose::Frame }
    }
}

/// Answers a data route.
///
/// 1. The origin must have the route: the frame origin serves files alone. 404 otherwise.
/// 2. The share must be there for this reader: 404 or 401 otherwise (see `access`).
/// 3. What the route names must be there: 404 otherwise.
/// 4. The preconditions: 412 or 304. 5. `Range`: 206 or 416. 6. All of it: 200.
pub(crate) async fn answer<S: Store>(
    library: &Library<'_, S>,
    origins: &Origins,
    place: Place,
    share: ShareId,
    data: &Data,
    credential: &Credential,
    ask: &Ask,
) -> Result<Reply, Failure> {
    if place != Place::Share && !matches!(data, Data::File(..) | Data::Raw(_)) {
        return Err(Failure::new(ErrorCode::NoRoute, "This origin serves files alone."));
    }
    // What is gated is never a document that may talk to the world.
    let nothing = &Credential::None;
    let credential = if place == Place::Frame(Strictness::Open) { nothing } else { credential };
    let share = library.open(share, credential, place.purpose()).await?;
    let reply = match data {
        Data::Latest => {
            let (_, stored) = share.latest().await?;
            document(stored.bytes, share.is_gated(), ask)
        }
        Data::Meta => {
            let public = share.meta.public_view();
            document(serde_json::to_vec(&public).unwrap_or_default(), share.is_gated(), ask)
        }
        Data::Manifest(id) => manifest(&share, *id, ask).await,
        Data::Blob(hash) => blob(&share, *hash, ask).await,
        Data::Extent(at) => extent(&share, *at, ask).await,
        Data::File(manifest, path) => file(&share, origins, place, (*manifest, None), path, ask).await,
        Data::Zip(manifest, path) => zip(&share, *manifest, path, ask).await,
        Data::Raw(path) => {
            let (latest, _) = share.latest().await?;
            let current = (latest.manifest_id, Some(latest.published_at));
            file(&share, origins, place, current, path, ask).await
        }
    }?;
    let listed = share.meta.scope == Scope::Public && share.meta.indexing_opt_in;
    let reply = if listed { reply } else { reply.header("x-robots-tag", "noindex") };
    // The same address without the header is another answer.
    let vary = [share.is_gated().then_some("Authorization"), reply.header_named("vary")];
    let vary = vary.into_iter().flatten().collect::<Vec<_>>().join(", ");
    Ok(if vary.is_empty() { reply } else { reply.header("vary", vary) })
}

/// A small JSON document that is revalidated each time.
fn document(bytes: Vec<u8>, gated: bool, ask: &Ask) -> Result<Reply, Failure> {
    let etag = format!("\"{}\"", Sha256::of(&bytes));
    let reply = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/json")
        .header("cache-control", cache(Freshness::Revalidate, gated))
        .header("etag", &etag);
    match evaluate(ask, Validators { etag: &etag, last_modified: None }) {
        Verdict::Failed => Err(precondition_failed(&etag)),
        Verdict::NotModified => Ok(Reply { status: 304, ..reply }),
        // Too small for ranges to be worth it (section 14.2 lets a server ignore them).
        Verdict::Proceed { .. } => Ok(reply.body(Body::Bytes(bytes))),
    }
}

async fn manifest<S: Store>(share: &OpenShare<'_, S>, id: ManifestId, ask: &Ask) -> Result<Reply, Failure> {
    let size = share.manifest_size(id).await?;
    let key = ObjectKey::manifest(share.id, id);
    let base = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/json")
        .header("cache-control", cache(Freshness::Immutable, share.is_gated()));
    let etag = format!("\"{id}\"");
    ranged(base, &content(&etag, size), ask, |span| vec![Piece::Object(key, span.first, span.length)])
}

/// A blob's bytes, inert: its name says nothing of what they are.
async fn blob<S: Store>(share: &OpenShare<'_, S>, hash: Sha256, ask: &Ask) -> Result<Reply, Failure> {
    let size = share.blob_size(hash).await?;
    let key = ObjectKey::blob(share.id, hash);
    let base = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/octet-stream")
        .header("content-disposition", format!("attachment; filename=\"{hash}\""))
        .header("cache-control", headers::exact(Freshness::Immutable, share.is_gated()));
    let etag = format!("\"{hash}\"");
    ranged(base, &content(&etag, size), ask, |span| vec![Piece::Object(key, span.first, span.length)])
}

/// A part of a blob under an address of its own, so that it can be compressed and asked for in advance, which a range cannot.
async fn extent<S: Store>(share: &OpenShare<'_, S>, at: Extent, ask: &Ask) -> Result<Reply, Failure> {
    let size = share.blob_size(at.blob).await?;
    if at.offset.checked_add(at.length).is_none_or(|end| end > size) {
        return Err(Failure::new(ErrorCode::PathNotFound, format!("The blob ends at {size}.")));
    }
    let gated = share.is_gated();
    let base = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/octet-stream")
        .header("content-disposition", format!("attachment; filename=\"{}\"", at.blob))
        .header("cache-control", headers::exact(Freshness::Immutable, gated))
        .header("vary", "Accept-Encoding");
    let (etag, id) = (format!("\"{}-{}-{}\"", at.blob, at.offset, at.length), share.id);
    let ask = &as_a_whole(ask);
    let reply =
        ranged(base, &content(&etag, at.length), ask, |span| Piece::of_extents(id, cut(&[at], span)))?
            .header("accept-ranges", "none");
    Ok(if ask.gzip { as_gzip(reply, &etag, cache(Freshness::Immutable, gated)) } else { reply })
}

/// The same without its range, which a server may ignore (RFC 9110 section 14.2): what can come compressed never comes in parts.
fn as_a_whole(ask: &Ask) -> Ask {
    Ask { range: None, ..ask.clone() }
}

async fn file<S: Store>(
    share: &OpenShare<'_, S>,
    origins: &Origins,
    place: Place,
    (manifest, current_since): (ManifestId, Option<i64>),
    path: &EntryPath,
    ask: &Ask,
) -> Result<Reply, Failure> {
    let freshness = if current_since.is_some() { Freshness::Short } else { Freshness::Immutable };
    let found = share.find(manifest, path).await?;
    let file = match &*found {
        Found::File { file, .. } => file,
        Found::Dir(dir) if place == Place::Share => {
            return folder::answer(share, manifest, (path, dir), freshness, ask).await;
        }
        Found::Dir(dir) => {
            return Err(Failure::new(ErrorCode::IsDirectory, format!("`{}` is a folder.", dir.path)));
        }
    };
    let set = match place {
        Place::Frame(strictness) => headers::frame_file(
            origins,
            &file.content_type,
            &file.name,
            ask.form == Form::Download,
            (strictness, ask.shown),
        ),
        Place::Share => headers::share_file(&file.content_type, &file.name, ask.form == Form::Download),
    };
    let gated = share.is_gated();
    let not_kept =
        matches!(place, Place::Frame(strictness) if !headers::is_kept(&file.content_type, strictness));
    let kept = |kept: String| if not_kept { "private, no-store, no-transform".to_owned() } else { kept };
    let base = Reply::new(200).headers(set).header("cache-control", kept(headers::exact(freshness, gated)));
    let (id, extents, etag) = (share.id, file.extents(), etag(file));
    // Under the name of the current snapshot, content has changed no earlier than that snapshot came. A file of the future
    // has no date: section 8.8.2.1 forbids one after the answer's own.
    let modified = file.mtime.max(current_since.unwrap_or(i64::MIN));
    let last_modified = (modified <= share.now()).then(|| modified.div_euclid(1000));
    let modified = Content { last_modified, ..content(&etag, file.size) };
    let pieces = |span| Piece::of_extents(id, cut(&extents, span));
    if ask.form != Form::Whole {
        return ranged(base, &modified, ask, pieces);
    }
    let reply = ranged(base, &modified, &as_a_whole(ask), pieces)?.header("accept-ranges", "none");
    if !is_compressible(&file.content_type.essence(), file.size) {
        return Ok(reply);
    }
    let vary = [reply.header_named("vary"), Some("Accept-Encoding")];
    let vary = vary.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let reply = reply.header("vary", vary);
    Ok(if ask.gzip { as_gzip(reply, &etag, kept(cache(freshness, gated))) } else { reply })
}

/// A folder as ZIP. Its bytes follow from the snapshot, the path and the share's title alone, and so does its entity tag.
async fn zip<S: Store>(
    share: &OpenShare<'_, S>,
    id: ManifestId,
    path: &EntryPath,
    ask: &Ask,
) -> Result<Reply, Failure> {
    let found = share.find(id, path).await?;
    let dir = match &*found {
        Found::Dir(dir) => dir,
        Found::File { path, .. } => {
            return Err(Failure::new(
                ErrorCode::NotDirectory,
                format!("`{path}` is a file; only folders come as ZIP."),
            ));
        }
    };
    let remembered = share.manifest(id).await?;
    let top = top_name(&dir.path, &share.meta.title, &remembered.manifest.root_path);
    let etag = format!("\"zip2-{id}-{}\"", Sha256::of(format!("{}\0{top}", dir.path).as_bytes()));
    let manifest = &remembered.manifest;
    let named = (top.as_str(), manifest.created_at);
    let collected = collect(&share.listings_of(&remembered), (share.id, manifest), dir, named).await?;
    let comment = collected.comment();
    let pieces = lay_out(collected.entries, &comment);
    let size = pieces.iter().map(Piece::length).sum();
    let archive = EntryName::new(&format!("{top}.zip")).unwrap_or_else(|_| top.clone());
    let base = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/zip")
        .header("content-disposition", headers::disposition(&archive, true))
        // Not immutable: the title can change under the same snapshot.
        .header("cache-control", headers::exact(Freshness::Revalidate, share.is_gated()));
    ranged(base, &content(&etag, size), ask, |span| cut_pieces(&pieces, span))
}

/// What the ZIP and the one folder in it are called: the folder's name, or for the root the share's title or path, as every system
/// can write it.
fn top_name(path: &EntryPath, title: &str, root_path: &str) -> EntryName {
    let of_root = [title.replace('/', "-"), root_path.rsplit('/').next().unwrap_or_default().to_owned()];
    let own = path.name().map(|name| name.as_str().to_owned());
    let spelt = |text: String| {
        let text = text.trim().trim_end_matches(['.', ' ']).to_owned();
        EntryName::new(&portable(&text)).ok()
    };
    let is_shown = |name: &EntryName| own.is_some() || !name.is_hidden();
    own.iter()
        .cloned()
        .chain(of_root)
        .find_map(|text| spelt(text).filter(is_shown))
        .unwrap_or_else(|| EntryName::new("share").expect("a valid name"))
}

/// The strong entity tag of a file: the hash of its content.
fn etag(file: &File) -> String {
    format!("\"{}\"", file.hash)
}

#[cfg(test)]
pub(crate) mod tests;

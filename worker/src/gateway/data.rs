//! The data routes: documents, blobs and files. Called by `edge` on the share and frame origins.

use super::Ask;
use super::condition::{Validators, Verdict, evaluate, http_date};
use super::headers;
use super::range::{Selection, Span, cut, select};
use super::route::Data;
use super::snapshot::{OpenShare, open};
use super::zip::collect::collect;
use super::zip::layout::{cut as cut_pieces, lay_out};
use crate::failure::Failure;
use crate::origin::{Origin, Origins};
use crate::reply::{Body, Piece, Reply};
use crate::store::Store;
use vitrine_protocol::tree::Found;
use vitrine_protocol::{EntryName, EntryPath, ErrorCode, File, ManifestId, ObjectKey, Sha256, ShareId};

/// Answers a data route.
///
/// 1. The share must be there for this reader: 404 otherwise.
/// 2. What the route names must be there: 404 otherwise.
/// 3. The preconditions: 412 or 304. 4. `Range`: 206 or 416. 5. All of it: 200.
pub(crate) async fn answer<S: Store>(
    store: &S,
    origins: &Origins,
    origin: Origin,
    share: ShareId,
    data: &Data,
    ask: &Ask,
) -> Result<Reply, Failure> {
    let share = open(store, share).await?;
    match data {
        Data::Latest => {
            let (_, stored) = share.latest().await?;
            document(stored.bytes, ask)
        }
        Data::Meta => {
            let public = share.meta.public_view();
            document(serde_json::to_vec(&public).unwrap_or_default(), ask)
        }
        Data::Manifest(id) => {
            let size = share.manifest_size(*id).await?;
            let etag = format!("\"{id}\"");
            let key = ObjectKey::manifest(share.id, *id);
            let base = Reply::new(200)
                .headers(headers::data())
                .header("content-type", "application/json")
                .header("cache-control", headers::IMMUTABLE);
            ranged(base, &content(&etag, size), ask, |span| vec![Piece::Object(key, span.first, span.length)])
        }
        Data::Blob(hash) => blob(&share, *hash, ask).await,
        Data::File(manifest, path) => {
            file(&share, origins, origin, *manifest, path, headers::IMMUTABLE, ask).await
        }
        Data::Zip(manifest, path) => folder(&share, store, *manifest, path, ask).await,
        Data::Raw(path) => {
            let (latest, _) = share.latest().await?;
            file(&share, origins, origin, latest.manifest_id, path, headers::SHORT, ask).await
        }
    }
}

/// A small JSON document that is revalidated each time.
fn document(bytes: Vec<u8>, ask: &Ask) -> Result<Reply, Failure> {
    let etag = format!("\"{}\"", Sha256::of(&bytes));
    let reply = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/json")
        .header("cache-control", headers::REVALIDATE)
        .header("etag", &etag);
    match evaluate(ask, Validators { etag: &etag, last_modified: None }) {
        Verdict::Failed => Err(precondition_failed(&etag)),
        Verdict::NotModified => Ok(Reply { status: 304, ..reply }),
        // Too small for ranges to be worth it (section 14.2 lets a server ignore them).
        Verdict::Proceed { .. } => Ok(reply.body(Body::Bytes(bytes))),
    }
}

/// A blob's bytes, inert: its name says nothing of what they are.
async fn blob<S: Store>(share: &OpenShare<'_, S>, hash: Sha256, ask: &Ask) -> Result<Reply, Failure> {
    let size = share.blob_size(hash).await?;
    let key = ObjectKey::blob(share.id, hash);
    let base = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/octet-stream")
        .header("content-disposition", format!("attachment; filename=\"{hash}\""))
        .header("cache-control", headers::IMMUTABLE);
    let etag = format!("\"{hash}\"");
    ranged(base, &content(&etag, size), ask, |span| vec![Piece::Object(key, span.first, span.length)])
}

async fn file<S: Store>(
    share: &OpenShare<'_, S>,
    origins: &Origins,
    origin: Origin,
    manifest: ManifestId,
    path: &EntryPath,
    cache: &'static str,
    ask: &Ask,
) -> Result<Reply, Failure> {
    let manifest = share.manifest(manifest).await?;
    let file = match share.find(&manifest, path).await? {
        Found::File { file, .. } => file,
        Found::Dir(dir) => {
            return Err(Failure::new(ErrorCode::IsDirectory, format!("`{}` is a folder.", dir.path)));
        }
    };
    let set = match origin {
        Origin::Frame => headers::frame_file(origins, &file.content_type, &file.name, ask.download),
        Origin::Share | Origin::App => headers::share_file(&file.content_type, &file.name, ask.download),
    };
    let base = Reply::new(200).headers(set).header("cache-control", cache);
    let (id, extents, etag) = (share.id, file.extents(), etag(&file));
    let modified = Content { last_modified: Some(file.mtime.div_euclid(1000)), ..content(&etag, file.size) };
    ranged(base, &modified, ask, |span| Piece::of_extents(id, cut(&extents, span)))
}

/// A folder as ZIP. Its bytes follow from the snapshot and the path alone, and so does its entity tag.
async fn folder<S: Store>(
    share: &OpenShare<'_, S>,
    store: &S,
    id: ManifestId,
    path: &EntryPath,
    ask: &Ask,
) -> Result<Reply, Failure> {
    let manifest = share.manifest(id).await?;
    let dir = match share.find(&manifest, path).await? {
        Found::Dir(dir) => dir,
        Found::File { path, .. } => {
            return Err(Failure::new(
                ErrorCode::NotDirectory,
                format!("`{path}` is a file; only folders come as ZIP."),
            ));
        }
    };
    let top = top_name(&dir.path, &share.meta.title, &manifest.root_path);
    let etag = format!("\"zip1-{id}-{}\"", Sha256::of(format!("{}\0{top}", dir.path).as_bytes()));
    let pieces = lay_out(collect(store, share.id, dir, top.as_str()).await?);
    let size = pieces.iter().map(Piece::length).sum();
    let archive = EntryName::new(&format!("{top}.zip")).unwrap_or_else(|_| top.clone());
    let base = Reply::new(200)
        .headers(headers::data())
        .header("content-type", "application/zip")
        .header("content-disposition", headers::disposition(&archive, true))
        .header("cache-control", headers::IMMUTABLE);
    ranged(base, &content(&etag, size), ask, |span| cut_pieces(&pieces, span))
}

/// What the ZIP and the one folder in it are called: the folder's name, or for the root the share's title or path.
fn top_name(path: &EntryPath, title: &str, root_path: &str) -> EntryName {
    let of_root = || {
        let texts = [
            title.replace('/', "-"),
            root_path.rsplit('/').next().unwrap_or_default().to_owned(),
            "share".to_owned(),
        ];
        texts.into_iter().find_map(|text| EntryName::new(text.trim()).ok().filter(|name| !name.is_hidden()))
    };
    path.name().cloned().or_else(of_root).unwrap_or_else(|| EntryName::new("share").expect("a valid name"))
}

/// The strong entity tag of a file: the hash of its content.
fn etag(file: &File) -> String {
    format!("\"{}\"", file.hash)
}

/// What conditions and ranges are decided on.
struct Content<'a> {
    etag: &'a str,
    size: u64,
    last_modified: Option<i64>,
}

fn content(etag: &str, size: u64) -> Content<'_> {
    Content { etag, size, last_modified: None }
}

fn precondition_failed(etag: &str) -> Failure {
    Failure::new(ErrorCode::PreconditionFailed, "The content is another version.").header("etag", etag)
}

/// Applies the preconditions and the range to a content; `pieces` says where a span of it is.
fn ranged(
    base: Reply,
    content: &Content<'_>,
    ask: &Ask,
    pieces: impl Fn(Span) -> Vec<Piece>,
) -> Result<Reply, Failure> {
    let &Content { etag, size, last_modified } = content;
    let mut base = base.header("etag", etag).header("accept-ranges", "bytes");
    if let Some(date) = last_modified.and_then(http_date) {
        base = base.header("last-modified", date);
    }
    let range_applies = match evaluate(ask, Validators { etag, last_modified }) {
        Verdict::Failed => return Err(precondition_failed(etag)),
        Verdict::NotModified => return Ok(Reply { status: 304, ..base }),
        Verdict::Proceed { range_applies } => range_applies,
    };
    // Section 14.2: only GET has ranges.
    match select(ask.range.as_deref().filter(|_| range_applies && !ask.head), size) {
        Selection::Whole => Ok(base.body(Body::Pieces(pieces(Span { first: 0, length: size })))),
        Selection::Parts(spans) => Ok(partial(base, content, &spans, pieces)),
        Selection::Unsatisfiable => {
            Err(Failure::new(ErrorCode::RangeNotSatisfiable, format!("The content has {size} bytes."))
                .header("content-range", format!("bytes */{size}"))
                .header("accept-ranges", "bytes"))
        }
    }
}

/// A 206: one range by itself, several as `multipart/byteranges` (section 14.6).
fn partial(base: Reply, content: &Content<'_>, spans: &[Span], pieces: impl Fn(Span) -> Vec<Piece>) -> Reply {
    let base = Reply { status: 206, ..base };
    if let [span] = spans {
        let range = span.content_range(content.size);
        return base.header("content-range", range).body(Body::Pieces(pieces(*span)));
    }
    // No content can hold its own hash, so no part can hold the boundary.
    let boundary = format!("part-{}", &Sha256::of(content.etag.as_bytes()).to_string()[..32]);
    let own_type =
        base.headers.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| value.clone());
    let own_type = own_type.unwrap_or_else(|| "application/octet-stream".into());
    let mut body = Vec::new();
    for span in spans {
        let range = span.content_range(content.size);
        let head = format!("\r\n--{boundary}\r\nContent-Type: {own_type}\r\nContent-Range: {range}\r\n\r\n");
        body.push(Piece::Bytes(head.into_bytes()));
        body.extend(pieces(*span));
    }
    body.push(Piece::Bytes(format!("\r\n--{boundary}--\r\n").into_bytes()));
    base.header("content-type", format!("multipart/byteranges; boundary={boundary}")).body(Body::Pieces(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::route::{Route, parse};
    use crate::store::memory::{Fault, MemoryStore};
    use vitrine_protocol::listing::{Entries, Listing};
    use vitrine_protocol::manifest::{Inventory, Manifest, RootKind};
    use vitrine_protocol::{ContentType, Extent, Kind, Latest, Meta, Scope, State};

    const SHARE: &str = "e0123456789abcdefghjkmnpqr";
    const MANIFEST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn origins() -> Origins {
        Origins { app: "http://app".into(), share: "http://share".into(), frame: "http://frame".into() }
    }

    fn file_named(name: &str, bytes: &[u8], content_type: &str, extents: Option<Vec<Extent>>) -> File {
        File {
            name: EntryName::new(name).unwrap(),
            hash: Sha256::of(bytes),
            size: bytes.len() as u64,
            mtime: 0,
            crc32: 0,
            content_type: ContentType::parse(content_type).unwrap(),
            kind: Kind::Text,
            extents,
            chunks: None,
        }
    }

    /// A share with a whole file, one of two extents, an empty one and an HTML page.
    fn store(scope: Scope, state: State) -> MemoryStore {
        let store = MemoryStore::default();
        let share: ShareId = SHARE.parse().unwrap();
        let manifest_id: ManifestId = MANIFEST.parse().unwrap();
        let put = |bytes: &[u8]| store.insert(ObjectKey::blob(share, Sha256::of(bytes)), bytes);
        put(b"hello");
        put(b"0123456789");
        put(b"abcdef");
        put(b"<script>");
        let extents = vec![
            Extent { blob: Sha256::of(b"0123456789"), offset: 8, length: 2 },
            Extent { blob: Sha256::of(b"abcdef"), offset: 1, length: 3 },
        ];
        let files = vec![
            file_named("a.txt", b"hello", "text/plain; charset=utf-8", None),
            file_named("b.bin", b"89bcd", "application/octet-stream", Some(extents)),
            file_named("empty", b"", "text/plain", None),
            file_named("x.html", b"<script>", "text/html", None),
        ];
        let manifest = Manifest {
            share_id: share,
            manifest_id,
            created_at: 0,
            root_path: String::new(),
            root_kind: RootKind::Dir,
            scope,
            indexing_opt_in: false,
            file_count: 4,
            size_bytes: 18,
            root: Listing::Inline(Entries::new(files, Vec::new(), Vec::new()).unwrap()),
            blobs: Inventory::Inline(Vec::new()),
        };
        let bytes = manifest.to_json();
        let latest = Latest {
            version: 1,
            share_id: share,
            manifest_id,
            manifest_hash: Sha256::of(&bytes),
            published_at: 5,
            file_count: 4,
            size_bytes: 18,
        };
        let meta = Meta {
            version: 1,
            share_id: share,
            scope,
            org_id: Some("secret-org".into()),
            state,
            title: "T".into(),
            description: String::new(),
            license: String::new(),
            indexing_opt_in: false,
            tokens_valid_after: 0,
            updated_at: 0,
        };
        store.insert(ObjectKey::manifest(share, manifest_id), bytes);
        store.insert(ObjectKey::latest(share), latest.to_json());
        store.insert(ObjectKey::meta(share), meta.to_json());
        store
    }

    async fn get(store: &MemoryStore, origin: Origin, path: &str, ask: Ask) -> Result<Reply, Failure> {
        let Route::Data(share, data) = parse(&format!("/~/{SHARE}/{path}")) else {
            panic!("no data route: {path}")
        };
        answer(store, &origins(), origin, share, &data, &ask).await
    }

    async fn body(store: &MemoryStore, reply: &Reply) -> Vec<u8> {
        match &reply.body {
            Body::Empty | Body::Asset(_) => Vec::new(),
            Body::Bytes(bytes) => bytes.clone(),
            Body::Pieces(pieces) => {
                let mut bytes = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Bytes(own) => bytes.extend(own),
                        Piece::Object(key, first, length) => {
                            bytes.extend(store.read_range(*key, *first, *length).await.unwrap());
                        }
                    }
                }
                bytes
            }
        }
    }

    fn range(range: &str) -> Ask {
        Ask { range: Some(range.into()), ..Ask::default() }
    }

    #[tokio::test]
    async fn files_come_whole_by_both_names() {
        let store = store(Scope::Public, State::Active);
        for (name, content) in [("a.txt", "hello"), ("b.bin", "89bcd"), ("empty", ""), ("x.html", "<script>")]
        {
            for (path, cache) in [
                (format!("raw/{name}"), headers::SHORT),
                (format!("files/{MANIFEST}/{name}"), headers::IMMUTABLE),
            ] {
                let reply = get(&store, Origin::Share, &path, Ask::default()).await.unwrap();
                assert_eq!(body(&store, &reply).await, content.as_bytes(), "{path}");
                assert_eq!(reply.status, 200);
                assert_eq!(reply.header_named("content-length"), Some(content.len().to_string().as_str()));
                assert_eq!(reply.header_named("cache-control"), Some(cache));
                assert_eq!(
                    reply.header_named("etag"),
                    Some(format!("\"{}\"", Sha256::of(content.as_bytes())).as_str())
                );
            }
        }
    }

    #[tokio::test]
    async fn ranges_cross_extents() {
        let store = store(Scope::Public, State::Active);
        for (header, content, content_range) in [
            ("bytes=1-3", "9bc", "bytes 1-3/5"),
            ("bytes=-2", "cd", "bytes 3-4/5"),
            ("bytes=0-0", "8", "bytes 0-0/5"),
        ] {
            let reply = get(&store, Origin::Share, "raw/b.bin", range(header)).await.unwrap();
            assert_eq!((reply.status, reply.header_named("content-range")), (206, Some(content_range)));
            assert_eq!(body(&store, &reply).await, content.as_bytes());
        }
        for (path, whole) in [("raw/b.bin", "bytes */5"), ("raw/empty", "bytes */0")] {
            let failure = get(&store, Origin::Share, path, range("bytes=5-")).await.unwrap_err();
            assert_eq!(failure.problem.status, 416);
            assert!(failure.headers.contains(&("content-range", whole.into())), "{:?}", failure.headers);
        }
        let head = Ask { head: true, ..range("bytes=0-0") };
        assert_eq!(get(&store, Origin::Share, "raw/b.bin", head).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn several_ranges_are_parts() {
        let store = store(Scope::Public, State::Active);
        let reply = get(&store, Origin::Share, "raw/b.bin", range("bytes=3-4,0-0")).await.unwrap();
        let bytes = body(&store, &reply).await;
        assert_eq!(
            (reply.status, reply.header_named("content-length")),
            (206, Some(bytes.len().to_string().as_str()))
        );
        assert_eq!(reply.header_named("content-range"), None);
        insta::assert_snapshot!(format!(
            "{}\n{}",
            reply.header_named("content-type").unwrap(),
            String::from_utf8(bytes).unwrap().replace('\r', "␍")
        ));
        let touching = get(&store, Origin::Share, "raw/b.bin", range("bytes=0-1,2-3")).await.unwrap();
        assert_eq!(touching.header_named("content-range"), Some("bytes 0-3/5"));
    }

    #[tokio::test]
    async fn preconditions_answer_with_what_a_client_needs() {
        let store = store(Scope::Public, State::Active);
        let whole = get(&store, Origin::Share, "raw/a.txt", Ask::default()).await.unwrap();
        assert_eq!(whole.header_named("last-modified"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
        let other = Ask { if_match: Some("\"other\"".into()), ..Ask::default() };
        for path in ["raw/a.txt", "latest.json", "meta.json"] {
            let failure = get(&store, Origin::Share, path, other.clone()).await.unwrap_err();
            assert_eq!(failure.problem.status, 412, "{path}");
            assert!(failure.headers.iter().any(|(name, _)| *name == "etag"));
        }
        let since = Ask {
            if_modified_since: whole.header_named("last-modified").map(str::to_owned),
            ..Ask::default()
        };
        assert_eq!(get(&store, Origin::Share, "raw/a.txt", since).await.unwrap().status, 304);
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let store = store(Scope::Unlisted, State::Active);
        for path in [
            "raw/a.txt",
            "latest.json",
            "meta.json",
            &format!("manifests/{MANIFEST}.json"),
            &format!("blobs/{}", Sha256::of(b"hello")),
        ] {
            let first = get(&store, Origin::Share, path, Ask::default()).await.unwrap();
            assert_eq!(first.status, 200, "{path}");
            let ask =
                Ask { if_none_match: first.header_named("etag").map(str::to_owned), ..range("bytes=0-0") };
            let again = get(&store, Origin::Share, path, ask).await.unwrap();
            assert_eq!((again.status, &again.body), (304, &Body::Empty), "{path}");
        }
        let changed = Ask { if_range: Some("\"other\"".into()), ..range("bytes=0-0") };
        assert_eq!(get(&store, Origin::Share, "raw/a.txt", changed).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn html_is_a_document_only_on_the_frame_origin() {
        let store = store(Scope::Public, State::Active);
        let share = get(&store, Origin::Share, "raw/x.html", Ask::default()).await.unwrap();
        assert_eq!(share.header_named("content-type"), Some("text/plain; charset=utf-8"));
        let frame = get(&store, Origin::Frame, "raw/x.html", Ask::default()).await.unwrap();
        assert_eq!(frame.header_named("content-type"), Some("text/html"));
        let blob = get(&store, Origin::Frame, &format!("blobs/{}", Sha256::of(b"<script>")), Ask::default())
            .await
            .unwrap();
        assert_eq!(blob.header_named("content-type"), Some("application/octet-stream"));
        assert!(blob.header_named("content-disposition").unwrap().starts_with("attachment"));
    }

    #[tokio::test]
    async fn what_may_not_be_read_looks_like_what_is_not_there() {
        let missing =
            get(&MemoryStore::default(), Origin::Share, "latest.json", Ask::default()).await.unwrap_err();
        assert_eq!(missing.problem.code, "share_not_found");
        for (scope, state) in [
            (Scope::Org, State::Active),
            (Scope::Authenticated, State::Active),
            (Scope::Public, State::Suspended),
            (Scope::Public, State::Deleted),
        ] {
            let store = store(scope, state);
            for path in [
                "latest.json",
                "meta.json",
                "raw/a.txt",
                "raw/none",
                &format!("manifests/{MANIFEST}.json"),
                &format!("files/{MANIFEST}/a.txt"),
                &format!("blobs/{}", Sha256::of(b"hello")),
            ] {
                assert_eq!(
                    get(&store, Origin::Share, path, Ask::default()).await.unwrap_err(),
                    missing,
                    "{path}"
                );
            }
        }
    }

    #[tokio::test]
    async fn each_absence_has_its_code() {
        let good = store(Scope::Public, State::Active);
        let code = async |store: &MemoryStore, path: &str| {
            get(store, Origin::Share, path, Ask::default())
                .await
                .map(|reply| reply.status)
                .unwrap_err()
                .problem
                .code
                .clone()
        };
        assert_eq!(code(&good, "raw/none").await, "path_not_found");
        assert_eq!(code(&good, "raw/").await, "is_directory");
        assert_eq!(
            code(&good, &format!("files/{}/a.txt", MANIFEST.replace('V', "W"))).await,
            "snapshot_not_found"
        );
        assert_eq!(code(&good, &format!("blobs/{}", Sha256::of(b"none"))).await, "path_not_found");
        good.break_keys("manifests", Fault::Fails);
        assert_eq!(code(&good, "raw/a.txt").await, "store_unavailable");
        good.heal();
        let share: ShareId = SHARE.parse().unwrap();
        good.insert(ObjectKey::manifest(share, MANIFEST.parse().unwrap()), r#"{"version":2}"#);
        assert_eq!(code(&good, "raw/a.txt").await, "unsupported_version");
        good.insert(ObjectKey::manifest(share, MANIFEST.parse().unwrap()), "{");
        assert_eq!(code(&good, "raw/a.txt").await, "corrupt");
        good.remove(ObjectKey::latest(share));
        assert_eq!(code(&good, "raw/a.txt").await, "not_published");
    }

    #[tokio::test]
    async fn meta_keeps_its_private_fields() {
        let reply = get(&store(Scope::Public, State::Active), Origin::Share, "meta.json", Ask::default())
            .await
            .unwrap();
        let Body::Bytes(bytes) = reply.body else { panic!("a document") };
        assert!(!String::from_utf8(bytes).unwrap().contains("secret-org"));
    }
}

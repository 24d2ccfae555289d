//! Every data route, natively: bytes, headers, preconditions, absences.

use super::*;
use crate::access::Policy;
use crate::gateway::route::{Route, parse};
use crate::memory::Memory;
use crate::store::memory::{Fault, MemoryStore};
use vitrine_protocol::listing::{Entries, Listing};
use vitrine_protocol::manifest::{Inventory, Manifest, RootKind};
use vitrine_protocol::{ContentType, Extent, Kind, Latest, Meta, Scope, State};

const SHARE: &str = "e0123456789abcdefghjkmnpqr";
const MANIFEST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Long enough to be worth compressing.
const LONG: &str = match std::str::from_utf8(&[b'm'; 2000]) {
    Ok(text) => text,
    Err(_) => "",
};

pub(crate) fn file_named(name: &str, bytes: &[u8], content_type: &str, extents: Option<Vec<Extent>>) -> File {
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

/// A share with a whole file, one of two extents, an empty one, an HTML page and a longer text.
fn store(scope: Scope, state: State) -> MemoryStore {
    let store = MemoryStore::default();
    let share: ShareId = SHARE.parse().unwrap();
    let manifest_id: ManifestId = MANIFEST.parse().unwrap();
    let put = |bytes: &[u8]| store.insert(ObjectKey::blob(share, Sha256::of(bytes)), bytes);
    put(b"hello");
    put(b"0123456789");
    put(b"abcdef");
    put(b"<script>");
    put(LONG.as_bytes());
    let extents = vec![
        Extent { blob: Sha256::of(b"0123456789"), offset: 8, length: 2 },
        Extent { blob: Sha256::of(b"abcdef"), offset: 1, length: 3 },
    ];
    let files = vec![
        file_named("a.txt", b"hello", "text/plain; charset=utf-8", None),
        file_named("b.bin", b"89bcd", "application/octet-stream", Some(extents)),
        file_named("empty", b"", "text/plain", None),
        file_named("x.html", b"<script>", "text/html", None),
        file_named("x.md", LONG.as_bytes(), "text/markdown; charset=utf-8", None),
    ];
    let manifest = Manifest {
        share_id: share,
        manifest_id,
        created_at: 0,
        root_path: String::new(),
        root_kind: RootKind::Dir,
        scope,
        indexing_opt_in: false,
        file_count: 5,
        size_bytes: 2018,
        entry_count: None,
        root: Listing::Inline(Entries::new(files, Vec::new(), Vec::new()).unwrap()),
        index: None,
        blobs: Inventory::Inline(Vec::new()),
    };
    let bytes = manifest.to_json();
    let latest = Latest {
        version: 1,
        share_id: share,
        manifest_id,
        manifest_hash: Sha256::of(&bytes),
        published_at: 5,
        file_count: 5,
        size_bytes: 2018,
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
        owner: None,
        slug: None,
        indexing_opt_in: false,
        tokens_valid_after: 0,
        updated_at: 0,
    };
    store.insert(ObjectKey::manifest(share, manifest_id), bytes);
    store.insert(ObjectKey::latest(share), latest.to_json());
    store.insert(ObjectKey::meta(share), meta.to_json());
    store
}

/// A policy whose capabilities the tests sign themselves.
fn policy() -> Policy {
    crate::access::tests::policy()
}

async fn get(store: &MemoryStore, place: Place, path: &str, ask: Ask) -> Result<Reply, Failure> {
    let memory = Memory::new(1 << 20);
    get_with(store, &memory, place, path, ask).await
}

async fn get_with(
    store: &MemoryStore,
    memory: &Memory,
    place: Place,
    path: &str,
    ask: Ask,
) -> Result<Reply, Failure> {
    let Route::Data { share, data, .. } = parse(&format!("/~/{SHARE}/{path}")) else {
        panic!("no data route: {path}")
    };
    let policy = policy();
    let library = Library::new(store, memory, &policy, 1000);
    answer(&library, &Origins::example(), place, share, &data, &Credential::None, &ask).await
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
    for (name, content) in [("a.txt", "hello"), ("b.bin", "89bcd"), ("empty", ""), ("x.html", "<script>")] {
        for (path, cache) in [
            (format!("raw/{name}"), "public, max-age=30, no-transform"),
            (format!("files/{MANIFEST}/{name}"), "public, max-age=31536000, immutable, no-transform"),
        ] {
            let reply = get(&store, Place::Share, &path, Ask::default()).await.unwrap();
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
async fn a_text_as_a_whole_comes_as_gzip_to_whoever_takes_it() {
    let store = store(Scope::Public, State::Active);
    let path = format!("files/{MANIFEST}/x.md");
    let strong = format!("\"{}\"", Sha256::of(LONG.as_bytes()));
    let gzip = || Ask { gzip: true, form: Form::Whole, ..Ask::default() };
    let reply = get(&store, Place::Share, &path, gzip()).await.unwrap();
    assert_eq!(body(&store, &reply).await, LONG.as_bytes(), "the platform encodes it later");
    for (name, value) in [
        ("content-encoding", Some("gzip")),
        ("content-length", None),
        ("cache-control", Some("public, max-age=31536000, immutable")),
        ("vary", Some("Accept-Encoding")),
        ("etag", Some(format!("W/{strong}").as_str())),
    ] {
        assert_eq!(reply.header_named(name), value, "{name}");
    }
    let known = Ask { if_none_match: reply.header_named("etag").map(str::to_owned), ..gzip() };
    let unchanged = get(&store, Place::Share, &path, known).await.unwrap();
    assert_eq!((unchanged.status, unchanged.header_named("content-encoding")), (304, None));

    let in_part = Ask { form: Form::Whole, gzip: true, ..range("bytes=0-9") };
    let whole = get(&store, Place::Share, &path, in_part).await.unwrap();
    assert_eq!(
        (whole.status, whole.header_named("accept-ranges")),
        (200, Some("none")),
        "no part has this address"
    );

    let as_stored = [
        ("x.md", Ask::default(), 200),
        ("x.md", Ask { form: Form::Download, ..gzip() }, 200),
        ("x.md", Ask { gzip: true, ..Ask::default() }, 200),
        ("x.md", Ask { form: Form::Whole, ..Ask::default() }, 200),
        ("x.md", Ask { gzip: true, ..range("bytes=0-9") }, 206),
        ("b.bin", gzip(), 200),
        ("a.txt", gzip(), 200),
    ];
    for (name, ask, status) in as_stored {
        let reply = get(&store, Place::Share, &format!("raw/{name}"), ask).await.unwrap();
        assert_eq!((reply.status, reply.header_named("content-encoding")), (status, None), "{name}");
        assert!(reply.header_named("etag").is_some_and(|tag| tag.starts_with('"')), "{name}");
        assert!(
            reply.header_named("cache-control").is_some_and(|said| said.ends_with("no-transform")),
            "{name}"
        );
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
        let reply = get(&store, Place::Share, "raw/b.bin", range(header)).await.unwrap();
        assert_eq!((reply.status, reply.header_named("content-range")), (206, Some(content_range)));
        assert_eq!(body(&store, &reply).await, content.as_bytes());
    }
    for (path, whole) in [("raw/b.bin", "bytes */5"), ("raw/empty", "bytes */0")] {
        let failure = get(&store, Place::Share, path, range("bytes=5-")).await.unwrap_err();
        assert_eq!(failure.problem.status, 416);
        assert!(failure.headers.contains(&("content-range", whole.into())), "{:?}", failure.headers);
    }
    let from_the_start = get(&store, Place::Share, "raw/empty", range("bytes=0-")).await.unwrap();
    assert_eq!((from_the_start.status, from_the_start.header_named("content-length")), (200, Some("0")));
    let head = Ask { head: true, ..range("bytes=0-0") };
    assert_eq!(get(&store, Place::Share, "raw/b.bin", head).await.unwrap().status, 200);
}

#[tokio::test]
async fn several_ranges_are_parts() {
    let store = store(Scope::Public, State::Active);
    let reply = get(&store, Place::Share, "raw/b.bin", range("bytes=3-4,0-0")).await.unwrap();
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
    let touching = get(&store, Place::Share, "raw/b.bin", range("bytes=0-1,2-3")).await.unwrap();
    assert_eq!(touching.header_named("content-range"), Some("bytes 0-3/5"));
}

#[tokio::test]
async fn preconditions_answer_with_what_a_client_needs() {
    let store = store(Scope::Public, State::Active);
    let whole = get(&store, Place::Share, "raw/a.txt", Ask::default()).await.unwrap();
    assert_eq!(whole.header_named("last-modified"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
    let other = Ask { if_match: Some("\"other\"".into()), ..Ask::default() };
    for path in ["raw/a.txt", "latest.json", "meta.json"] {
        let failure = get(&store, Place::Share, path, other.clone()).await.unwrap_err();
        assert_eq!(failure.problem.status, 412, "{path}");
        assert!(failure.headers.iter().any(|(name, _)| *name == "etag"));
    }
    let since =
        Ask { if_modified_since: whole.header_named("last-modified").map(str::to_owned), ..Ask::default() };
    assert_eq!(get(&store, Place::Share, "raw/a.txt", since).await.unwrap().status, 304);
}

#[tokio::test]
async fn dates_lie_neither_in_the_future_nor_before_the_snapshot_came() {
    let store = store(Scope::Public, State::Active);
    let memory = Memory::new(1 << 20);
    let policy = policy();
    let dated = async |rest: &str, now: i64| {
        let library = Library::new(&store, &memory, &policy, now);
        let Route::Data { share, data, .. } = parse(&format!("/~/{SHARE}/{rest}")) else { panic!("{rest}") };
        let nobody = &Credential::None;
        let reply =
            answer(&library, &Origins::example(), Place::Share, share, &data, nobody, &Ask::default()).await;
        reply.unwrap().header_named("last-modified").map(str::to_owned)
    };
    // Its own time is 0; the snapshot became current at 5.
    assert!(dated("raw/a.txt", 1000).await.is_some());
    assert_eq!(dated("raw/a.txt", 4).await, None);
    assert!(dated(&format!("files/{MANIFEST}/a.txt"), 0).await.is_some());
    assert_eq!(dated(&format!("files/{MANIFEST}/a.txt"), -1).await, None);
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
        let first = get(&store, Place::Share, path, Ask::default()).await.unwrap();
        assert_eq!(first.status, 200, "{path}");
        let ask = Ask { if_none_match: first.header_named("etag").map(str::to_owned), ..range("bytes=0-0") };
        let again = get(&store, Place::Share, path, ask).await.unwrap();
        assert_eq!((again.status, &again.body), (304, &Body::Empty), "{path}");
    }
    let changed = Ask { if_range: Some("\"other\"".into()), ..range("bytes=0-0") };
    assert_eq!(get(&store, Place::Share, "raw/a.txt", changed).await.unwrap().status, 200);
}

#[tokio::test]
async fn html_is_a_document_only_on_the_frame_origin() {
    let store = store(Scope::Public, State::Active);
    let share = get(&store, Place::Share, "raw/x.html", Ask::default()).await.unwrap();
    assert_eq!(share.header_named("content-type"), Some("text/plain; charset=utf-8"));
    let frame = get(&store, Place::Frame(Strictness::Open), "raw/x.html", Ask::default()).await.unwrap();
    assert_eq!(frame.header_named("content-type"), Some("text/html"));
    for elsewhere in
        [format!("blobs/{}", Sha256::of(b"<script>")), "latest.json".into(), format!("zip/{MANIFEST}/")]
    {
        let failure =
            get(&store, Place::Frame(Strictness::Open), &elsewhere, Ask::default()).await.unwrap_err();
        assert_eq!(failure.problem.code, "no_route", "{elsewhere}");
    }
    let blob = get(&store, Place::Share, &format!("blobs/{}", Sha256::of(b"<script>")), Ask::default())
        .await
        .unwrap();
    assert_eq!(blob.header_named("content-type"), Some("application/octet-stream"));
    assert!(blob.header_named("content-disposition").unwrap().starts_with("attachment"));
}

#[tokio::test]
async fn what_may_not_be_read_looks_like_what_is_not_there() {
    let missing =
        get(&MemoryStore::default(), Place::Share, "latest.json", Ask::default()).await.unwrap_err();
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
            assert_eq!(get(&store, Place::Share, path, Ask::default()).await.unwrap_err(), missing, "{path}");
        }
    }
}

#[tokio::test]
async fn each_absence_has_its_code() {
    let good = store(Scope::Public, State::Active);
    let code = async |store: &MemoryStore, path: &str| {
        get(store, Place::Share, path, Ask::default())
            .await
            .map(|reply| reply.status)
            .unwrap_err()
            .problem
            .code
            .clone()
    };
    assert_eq!(code(&good, "raw/none").await, "path_not_found");
    assert_eq!(
        code(&good, &format!("files/{}/a.txt", MANIFEST.replace('V', "W"))).await,
        "snapshot_not_found"
    );
    assert_eq!(code(&good, &format!("blobs/{}", Sha256::of(b"none"))).await, "path_not_found");
    good.break_keys("manifests", Fault::Fails);
    assert_eq!(code(&good, "raw/a.txt").await, "store_unavailable");
    good.heal();
    let share: ShareId = SHARE.parse().unwrap();
    good.put_current(share, MANIFEST.parse().unwrap(), br#"{"version":2}"#);
    assert_eq!(code(&good, "raw/a.txt").await, "unsupported_version");
    good.put_current(share, MANIFEST.parse().unwrap(), b"{");
    assert_eq!(code(&good, "raw/a.txt").await, "corrupt");
    good.remove(ObjectKey::latest(share));
    assert_eq!(code(&good, "raw/a.txt").await, "not_published");
}

#[tokio::test]
async fn meta_keeps_its_private_fields() {
    let reply =
        get(&store(Scope::Public, State::Active), Place::Share, "meta.json", Ask::default()).await.unwrap();
    let Body::Bytes(bytes) = reply.body else { panic!("a document") };
    assert!(!String::from_utf8(bytes).unwrap().contains("secret-org"));
}

/// How often the bucket is asked for each route: (by a cold isolate, by a warm one). What a body streams counts one for each
/// piece; the data centre's cache may save those, too (`edge::slices`).
#[tokio::test]
async fn operations_of_the_bucket_for_each_route() {
    let store = store(Scope::Public, State::Active);
    let blob = format!("blobs/{}", Sha256::of(b"hello"));
    for (path, cold, warm) in [
        ("latest.json".to_owned(), 2, 0),
        ("meta.json".to_owned(), 1, 0),
        (format!("manifests/{MANIFEST}.json"), 3, 1),
        (blob, 3, 1),
        // The manifest's hash is in `latest.json`, which is asked for at the same time.
        (format!("files/{MANIFEST}/a.txt"), 4, 1),
        ("raw/a.txt".to_owned(), 4, 1),
        // Two extents.
        ("raw/b.bin".to_owned(), 5, 2),
        ("raw/empty".to_owned(), 3, 0),
        // Its listing is inline; it has five pieces.
        (format!("zip/{MANIFEST}/"), 8, 5),
        ("raw/none".to_owned(), 3, 0),
    ] {
        let memory = Memory::new(1 << 20);
        for expected in [cold, warm] {
            store.reads.set(0);
            let reply = get_with(&store, &memory, Place::Share, &path, Ask::default()).await;
            let streamed = reply.map_or(0, |reply| match reply.body {
                Body::Pieces(pieces) => {
                    pieces.iter().filter(|p| matches!(p, Piece::Object(..)) && p.length() > 0).count()
                }
                _ => 0,
            });
            assert_eq!(store.reads.get() + streamed, expected, "{path}");
        }
    }
}

/// A share of one file, in pieces of one byte each.
fn shredded(name: &str, pieces: u64, apart: u64) -> MemoryStore {
    let store = store(Scope::Public, State::Active);
    let (share, id): (ShareId, ManifestId) = (SHARE.parse().unwrap(), MANIFEST.parse().unwrap());
    let text = vec![b'#'; usize::try_from(pieces * apart).unwrap()];
    let blob = Sha256::of(&text);
    let extents = (0..pieces).map(|n| Extent { blob, offset: n * apart, length: 1 }).collect();
    let content = vec![b'#'; usize::try_from(pieces).unwrap()];
    let (_, kind) = vitrine_protocol::kind::classify(name, b"x");
    let file = File { kind, ..file_named(name, &content, "text/markdown; charset=utf-8", Some(extents)) };
    store.insert(ObjectKey::blob(share, blob), text);
    let stored = store.stored(ObjectKey::manifest(share, id));
    let manifest = Manifest::from_json(&stored).unwrap();
    let root = Listing::Inline(Entries::new(vec![file], Vec::new(), Vec::new()).unwrap());
    store.publish(&Manifest { root, file_count: 1, size_bytes: pieces, ..manifest });
    store
}

#[tokio::test]
async fn one_request_asks_the_bucket_a_bounded_number_of_times() {
    let template = "<style></style><!--vitrine:head--><!--vitrine:first--><!--vitrine:data--><!--vitrine:renderers {}-->";
    let template = crate::gateway::template::Template::parse(template).unwrap();
    let asked = crate::gateway::first::Asked { embed: false, arranged: false, source: false };
    for (apart, streamed) in [(1, 1), (2, 4096)] {
        let store = shredded("README.md", 4096, apart);
        let reply = get(&store, Place::Share, "raw/README.md", Ask::default()).await.unwrap();
        let Body::Pieces(pieces) = &reply.body else { panic!("pieces") };
        assert_eq!(pieces.len(), streamed, "neighbours are one read");
        assert_eq!(body(&store, &reply).await, vec![b'#'; 4096], "older snapshots stay readable");
        store.reads.set(0);
        let (memory, policy) = (Memory::new(1 << 20), policy());
        let library = Library::new(&store, &memory, &policy, 1000);
        let (share, root) = (SHARE.parse().unwrap(), EntryPath::root());
        let page =
            crate::gateway::shell::answer(&library, &Origins::example(), share, &root, asked, &template)
                .await;
        assert_eq!(page.status, 200, "a page without the beginning of its README is a page");
        let reads = store.reads.get();
        assert_eq!(reads, if apart == 1 { 4 } else { 3 });
    }
}

#[tokio::test]
async fn an_archive_is_called_what_every_system_can_write() {
    let root = EntryPath::root();
    for (title, path, named) in [
        ("Lecture 3: Waves", "x", "Lecture 3_ Waves"),
        ("What is a \"wave\"?", "x", "What is a _wave__"),
        ("Notes...", "x", "Notes"),
        ("CON", "x", "CON_"),
        ("a\\b", "x", "a_b"),
        ("a/b", "x", "a-b"),
        (" ... ", "courses/topology", "topology"),
        ("", "courses/aux", "aux_"),
        (".hidden", "", "share"),
        ("\u{1b}[2J", "x", "_[2J"),
    ] {
        assert_eq!(top_name(&root, title, path).as_str(), named, "{title:?}");
    }
    assert_eq!(top_name(&EntryPath::parse("a/b: c").unwrap(), "T", "").as_str(), "b_ c");
    assert_eq!(top_name(&EntryPath::parse("a/.config").unwrap(), "T", "").as_str(), ".config");
}

/// Who may publish a share has credentials for its manifests a while longer than a lease; what readers see is what was committed.
#[tokio::test]
async fn a_manifest_that_was_put_in_the_place_of_the_current_one_is_damage() {
    let good = store(Scope::Public, State::Active);
    let (share, id): (ShareId, ManifestId) = (SHARE.parse().unwrap(), MANIFEST.parse().unwrap());
    let key = ObjectKey::manifest(share, id);
    let committed = good.stored(key);
    let mut replaced = Manifest::from_json(&committed).unwrap();
    let Listing::Inline(entries) = &mut replaced.root else { panic!("inline") };
    entries.files[0].hash = Sha256::of(b"abcdef");
    entries.files[0].size = 6;
    good.insert(key, replaced.to_json());
    for path in
        ["raw/a.txt", "raw/", "raw/none", &format!("files/{MANIFEST}/a.txt"), &format!("zip/{MANIFEST}/")]
    {
        let failure = get(&good, Place::Share, path, Ask::default()).await.map(drop).unwrap_err();
        assert_eq!(failure.problem.code, "corrupt", "{path}");
        assert!(failure.log.is_some_and(|log| log.contains("hash")), "{path}");
    }
    // An isolate that knows the committed one goes on with it, and one that had the other before the commit forgets that.
    let (memory, path) = (Memory::new(1 << 20), format!("files/{MANIFEST}/a.txt"));
    let latest = good.stored(ObjectKey::latest(share));
    let other =
        Latest { manifest_id: ManifestId::from_parts(7, [0; 10]), ..Latest::from_json(&latest).unwrap() };
    good.insert(ObjectKey::latest(share), other.to_json());
    let early = get_with(&good, &memory, Place::Share, &path, Ask::default()).await.unwrap();
    assert_eq!(body(&good, &early).await, b"abcdef", "nothing vouches for a snapshot that is not current");
    good.insert(ObjectKey::latest(share), latest);
    good.insert(key, committed);
    memory.forget(share);
    let raw = get_with(&good, &memory, Place::Share, "raw/a.txt", Ask::default()).await.unwrap();
    assert_eq!(body(&good, &raw).await, b"hello");
    let file = get_with(&good, &memory, Place::Share, &path, Ask::default()).await.unwrap();
    assert_eq!(body(&good, &file).await, b"hello", "it is found anew");
    good.insert(key, replaced.to_json());
    let warm = get_with(&good, &memory, Place::Share, "raw/x.md", Ask::default()).await.unwrap();
    assert_eq!(warm.status, 200);
}

#[tokio::test]
async fn a_listing_that_is_all_of_its_blob_has_its_hash() {
    let good = store(Scope::Public, State::Active);
    let (share, id): (ShareId, ManifestId) = (SHARE.parse().unwrap(), MANIFEST.parse().unwrap());
    let manifest = Manifest::from_json(&good.stored(ObjectKey::manifest(share, id))).unwrap();
    let Listing::Inline(entries) = &manifest.root else { panic!("inline") };
    let listing = entries.to_json();
    let at = Extent { blob: Sha256::of(&listing), offset: 0, length: listing.len() as u64 };
    let row = vitrine_protocol::manifest::BlobRow { blob: at.blob, size: at.length, live_bytes: at.length };
    good.insert(ObjectKey::blob(share, at.blob), listing.as_slice());
    good.publish(&Manifest { root: Listing::At(at), blobs: Inventory::Inline(vec![row]), ..manifest });
    assert_eq!(get(&good, Place::Share, "raw/a.txt", Ask::default()).await.unwrap().status, 200);
    let hash = |bytes: &[u8]| Sha256::of(bytes).to_string();
    let other = String::from_utf8(listing).unwrap().replace(&hash(b"hello"), &hash(b"world"));
    good.insert(ObjectKey::blob(share, at.blob), other);
    for path in ["raw/a.txt", "raw/x.md", &format!("zip/{MANIFEST}/")] {
        let failure = get(&good, Place::Share, path, Ask::default()).await.map(drop).unwrap_err();
        assert_eq!(failure.problem.code, "corrupt", "{path}");
    }
}

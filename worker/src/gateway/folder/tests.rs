//! Lists of folders: what programs follow, what they must not, long folders, hostile names.

use super::*;
use crate::access::Credential;
use crate::access::capability::Purpose;
use crate::gateway::data::Place;
use crate::gateway::data::tests::file_named;
use crate::gateway::route::{Route, Strictness, parse};
use crate::gateway::snapshot::Library;
use crate::memory::Memory;
use crate::origin::Origins;
use crate::reply::Body;
use crate::store::memory::MemoryStore;
use vitrine_protocol::listing::{Dir, Link, Page};
use vitrine_protocol::manifest::Manifest;
use vitrine_protocol::{ObjectKey, Scope, ShareId};

fn share() -> ShareId {
    crate::access::tests::share()
}

fn name(text: &str) -> EntryName {
    EntryName::new(text).unwrap()
}

/// An open share with that root.
fn store(root: Listing, scope: Scope) -> MemoryStore {
    let store = crate::access::tests::store(&crate::access::tests::with_scope(scope));
    let latest = store.stored(ObjectKey::latest(share()));
    let id = vitrine_protocol::Latest::from_json(&latest).unwrap().manifest_id;
    let manifest = Manifest::from_json(&store.stored(ObjectKey::manifest(share(), id))).unwrap();
    store.publish(&Manifest { root, ..manifest });
    store
}

fn tree() -> Listing {
    let file = |text: &str| file_named(text, b"12345", "text/plain", None);
    let dir = |text: &str, listing| Dir {
        name: name(text),
        file_count: 1,
        size_bytes: 5,
        mtime: 1_706_756_645_000,
        listing,
    };
    let link = |text: &str, target: &str| Link { name: name(text), target: target.into() };
    let inner = Listing::Inline(Entries::new(vec![file("x.whl")], vec![], vec![link("self", ".")]).unwrap());
    let files = vec![file("\"><script>alert(1)"), file("a b.txt"), file("c:d"), file("ü&.txt")];
    let links = vec![
        link("away", "../x"),
        link("loop", "loop"),
        link("to-dir", "wheels"),
        link("to-file", "wheels/x.whl"),
    ];
    Listing::Inline(Entries::new(files, vec![dir("wheels", inner)], links).unwrap())
}

async fn get(store: &MemoryStore, place: Place, path: &str, folder: FolderAsk) -> Result<Reply, Failure> {
    let (memory, policy) = (Memory::new(1 << 20), crate::access::tests::policy());
    let library = Library::new(store, &memory, &policy, crate::access::tests::NOW * 1000);
    let Route::Data { share, data, .. } = parse(&format!("/~/{}/{path}", share())) else { panic!("{path}") };
    let ask = Ask { folder: FolderAsk { slash: path.ends_with('/'), ..folder }, ..Ask::default() };
    let purpose = if place == Place::Share { Purpose::Read } else { Purpose::Frame };
    let credential =
        crate::access::tests::capability(Scope::Authenticated, purpose, crate::access::tests::NOW + 10);
    let nobody = Credential::None;
    let gated = store.stored(ObjectKey::meta(share)).windows(15).any(|text| text == b"\"authenticated\"");
    crate::gateway::data::answer(
        &library,
        &Origins::example(),
        place,
        share,
        &data,
        if gated { &credential } else { &nobody },
        &ask,
    )
    .await
}

fn text(reply: &Reply) -> String {
    let Body::Pieces(pieces) = &reply.body else { panic!("pieces") };
    let [Piece::Bytes(bytes)] = pieces.as_slice() else { panic!("one text") };
    String::from_utf8(bytes.clone()).unwrap()
}

#[tokio::test]
async fn a_folder_is_a_list_of_relative_links() {
    let store = store(tree(), Scope::Public);
    let reply = get(&store, Place::Share, "raw/", FolderAsk::default()).await.unwrap();
    let text = text(&reply);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("<a ")).collect();
    let address = |row: &&str| row.split('"').nth(1).unwrap().to_owned();
    let addresses: Vec<String> = rows.iter().map(address).collect();
    assert_eq!(
        addresses,
        ["%22%3E%3Cscript%3Ealert%281%29", "a%20b.txt", "c%3Ad", "to-file", "wheels/", "%C3%BC%26.txt"],
        "neither up, nor through links to folders or to nothing"
    );
    assert!(
        rows[0].contains(">&quot;&gt;&lt;script&gt;alert(1)</a> ") && !text.contains("<script"),
        "{text}"
    );
    assert!(rows[3].ends_with(" 01-Jan-1970 00:00                   5"), "{}", rows[3]);
    assert!(rows[4].ends_with(" 01-Feb-2024 03:04                   -"), "{}", rows[4]);
    assert_eq!(reply.header_named("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(reply.header_named("content-length"), Some(text.len().to_string().as_str()));
}

#[tokio::test]
async fn json_for_who_names_it() {
    let store = store(tree(), Scope::Public);
    let json = FolderAsk { listed: Listed::Json, ..FolderAsk::default() };
    let reply = get(&store, Place::Share, "raw/wheels/", json).await.unwrap();
    assert_eq!(reply.header_named("content-type"), Some("application/json"));
    assert_eq!(reply.header_named("vary"), Some("Accept"));
    let hash = Sha256::of(b"12345");
    assert_eq!(
        text(&reply),
        format!(
            r#"{{"path":"wheels","entries":[{{"name":"x.whl","type":"file","size":5,"mtime":0,"sha256":"{hash}"}}]}}"#
        )
    );
    for (accept, listed) in [
        (None, Listed::Html),
        (Some("*/*"), Listed::Html),
        (Some("application/json"), Listed::Json),
        (Some("text/html,application/json;q=0.9"), Listed::Html),
        (Some("Application/JSON, */*;q=0.1"), Listed::Json),
    ] {
        assert_eq!(Listed::of(accept), listed, "{accept:?}");
    }
}

#[tokio::test]
async fn an_address_without_a_slash_leads_to_the_one_with() {
    for scope in [Scope::Public, Scope::Authenticated] {
        let store = store(tree(), scope);
        for (path, to) in [
            ("raw", "raw/"),
            ("raw/wheels", "wheels/"),
            ("raw/to-dir", "to-dir/"),
            ("raw/wheels/self", "self/"),
        ] {
            let reply = get(&store, Place::Share, path, FolderAsk::default()).await.unwrap();
            assert_eq!((reply.status, reply.header_named("location")), (301, Some(to)), "{path}");
        }
        let reply = get(&store, Place::Share, "raw/wheels/", FolderAsk::default()).await.unwrap();
        for (header, value) in [
            ("content-security-policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"),
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex"),
            ("accept-ranges", "none"),
        ] {
            assert_eq!(reply.header_named(header), Some(value), "{header}");
        }
        let framed = if scope.is_gated() { Strictness::Strict } else { Strictness::Open };
        let failure =
            get(&store, Place::Frame(framed), "raw/wheels/", FolderAsk::default()).await.unwrap_err();
        assert_eq!(failure.problem.code, "is_directory", "the frame origin serves files alone");
    }
}

/// A folder of many pages comes in parts, which together have every name once.
#[tokio::test]
async fn a_long_folder_comes_in_parts() {
    let (mut blob, mut pages) = (Vec::new(), Vec::new());
    for n in 0..50_u32 {
        let files = (0..1000).map(|k| file_named(&format!("f{:06}", n * 1000 + k), b"", "text/plain", None));
        let json = Entries::new(files.collect(), vec![], vec![]).unwrap().to_json();
        let at = Extent { blob: Sha256::of(b"many"), offset: blob.len() as u64, length: json.len() as u64 };
        pages.push(Page { from: name(&format!("f{:06}", n * 1000)), at });
        blob.extend(json);
    }
    let store = store(Listing::Pages(pages), Scope::Public);
    store.insert(ObjectKey::blob(share(), Sha256::of(b"many")), blob);
    let (mut after, mut names, mut parts) = (None, Vec::new(), 0);
    loop {
        store.reads.set(0);
        let ask = FolderAsk { after: after.clone(), listed: Listed::Json, ..FolderAsk::default() };
        let reply = get(&store, Place::Share, "raw/", ask).await.unwrap();
        assert!(store.reads.get() <= 8, "{} reads", store.reads.get());
        let part: serde_json::Value = serde_json::from_str(&text(&reply)).unwrap();
        let rows = part["entries"].as_array().unwrap();
        names.extend(rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        parts += 1;
        let Some(next) = part["next"].as_str() else { break };
        after = Some(name(next.strip_prefix("?after=").unwrap()));
    }
    assert_eq!(names, (0..50_000).map(|n| format!("f{n:06}")).collect::<Vec<_>>());
    assert!((3..=5).contains(&parts), "{parts}");
}

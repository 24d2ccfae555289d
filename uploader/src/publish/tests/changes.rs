//! What is sent and what readers see, when nothing goes wrong.

use super::*;

#[tokio::test]
async fn a_first_publish_sends_each_content_once() {
    let bench = sample();
    let published = bench.publish().await.unwrap();
    assert_eq!((published.files, published.bytes, published.new_files), (7, 7 + 3 + 3 + 3 + 4 + 2, 7));
    assert_eq!((published.uploaded_objects, published.packs), (1, 1), "all in one pack");
    assert_eq!(published.uploaded_bytes, 7 + 3 + 3 + 4 + 2, "`one` is sent once, the empty file never");
    assert_eq!(published.saved_bytes, 3);
    assert_eq!(bench.blob_puts(), 1);
    bench.assert_whole().await;
    let manifest = bench.manifest();
    assert_eq!((manifest.file_count, manifest.root_kind), (7, RootKind::Dir));
    let found =
        lookup(&manifest, &EntryPath::parse("a/link").unwrap(), &Reader(&bench.memory)).await.unwrap();
    let Found::File { path, file } = found else { panic!("a link to a file") };
    assert_eq!((path.to_string().as_str(), file.kind), ("a/one.txt", Kind::Text));
    let Listing::Inline(root) = &manifest.root else { panic!("a small root") };
    assert_eq!(root.dirs.len(), 3, "empty folders are kept");
    assert!(bench.memory.state().lease.is_none());
}

#[tokio::test]
async fn nothing_changed_sends_and_commits_nothing() {
    let bench = sample();
    let first = bench.publish().await.unwrap();
    let puts = bench.memory.state().puts.len();
    for checksum in [false, true] {
        let mut job = bench.job();
        job.options.checksum = checksum;
        let again = publish(&bench.memory, job, std::future::pending()).await.unwrap();
        assert!(!again.changed);
        assert_eq!(again.manifest_id, first.manifest_id);
        assert_eq!((again.uploaded_objects, again.uploaded_bytes, again.files), (0, 0, 7));
        assert_eq!(bench.memory.state().puts.len(), puts);
        assert_eq!(bench.memory.state().commits, 1);
        assert!(bench.memory.state().lease.is_none(), "the lease is given back");
    }
}

#[tokio::test]
async fn one_changed_file_sends_one_blob() {
    let bench = sample();
    bench.publish().await.unwrap();
    bench.write("a/b/two.txt", "zwei");
    let published = bench.publish().await.unwrap();
    assert_eq!((published.uploaded_objects, published.uploaded_bytes), (1, 4));
    assert_eq!((published.changed_files, published.new_files, published.removed_files), (1, 0, 0));
    bench.assert_whole().await;
}

#[tokio::test]
async fn renamed_removed_and_touched_files_send_nothing() {
    let bench = sample();
    bench.publish().await.unwrap();
    let at = |path: &str| bench.folder.path().join(path);
    fs::rename(at("a/one.txt"), at("renamed.txt")).unwrap();
    fs::remove_file(at("README.md")).unwrap();
    bench.write_aged("note.ipynb", "{}", 10);
    let published = bench.publish().await.unwrap();
    assert!(published.changed);
    assert_eq!(published.uploaded_objects, 0);
    assert_eq!((published.new_files, published.removed_files, published.changed_files), (1, 2, 0));
    bench.assert_whole().await;
}

#[tokio::test]
async fn a_change_that_keeps_size_and_time_is_seen_when_it_is_recent_or_asked_for() {
    let bench = Bench::new();
    bench.write_aged("recent", "aaa", 0);
    bench.write("old", "aaa");
    bench.publish().await.unwrap();
    let mtime = |path: &str| fs::metadata(bench.folder.path().join(path)).unwrap().modified().unwrap();
    for path in ["recent", "old"] {
        let time = mtime(path);
        bench.write(path, "bbb");
        let path = bench.folder.path().join(path);
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    assert_eq!(bench.publish().await.unwrap().changed_files, 1, "only the recent one is distrusted");
    assert_eq!(bench.seen().await["old"], b"aaa");
    let mut job = bench.job();
    job.options.checksum = true;
    publish(&bench.memory, job, std::future::pending()).await.unwrap();
    bench.assert_whole().await;
}

#[tokio::test]
async fn listings_that_did_not_change_are_not_sent_again() {
    let bench = Bench::new();
    for index in 0..3000 {
        bench.write(&format!("wide/{index:04}"), format!("{index}"));
    }
    for index in 0..150 {
        bench.write(&format!("middle/{index:03}"), format!("{index}"));
    }
    let first = bench.publish().await.unwrap();
    assert_eq!(first.uploaded_objects, 3, "a pack, a blob of listings, the path index");
    bench.assert_whole().await;
    bench.write("wide/1500", "another");
    let second = bench.publish().await.unwrap();
    assert_eq!(second.uploaded_objects, 2, "the content and one page");
    assert!(second.uploaded_bytes < 1 << 20, "{}", second.uploaded_bytes);
    bench.assert_whole().await;
}

#[tokio::test]
async fn the_listings_of_the_base_are_fetched_side_by_side() {
    let bench = Bench::new();
    // Each publish writes one more listing, in a blob of its own.
    for dir in 0..6 {
        for index in 0..150 {
            bench.write(&format!("{dir}/{index:03}"), format!("{}", index % 10));
        }
        bench.publish().await.unwrap();
    }
    bench.memory.state().reading = (0, 0);
    assert!(!bench.publish_with(Fault::Slow(20)).await.unwrap().changed);
    assert_eq!(bench.memory.state().reading.1, 6);
}

#[tokio::test]
async fn large_files_go_in_parts_and_once() {
    let bench = Bench::new();
    let size = usize::try_from(vitrine_protocol::limits::MULTIPART_THRESHOLD).unwrap() + 12_345;
    let content: Vec<u8> = (0..size).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
    bench.write("large.bin", &content);
    bench.write("middle.bin", &content[..20 << 20]);
    let published = bench.publish().await.unwrap();
    assert_eq!(published.uploaded_objects, 3, "two files, and the table of chunks of one");
    bench.assert_whole().await;
    // A copy is known by its hash, and a blob that an interrupted publish left behind is found.
    bench.write("copy.bin", &content);
    assert_eq!(bench.publish().await.unwrap().uploaded_objects, 0);
    let latest = ObjectKey::latest(share()).to_string();
    bench.memory.state().objects.remove(&latest);
    assert_eq!(bench.publish().await.unwrap().uploaded_objects, 2, "only what is cheap to send again");
    bench.assert_whole().await;
}

#[tokio::test]
async fn what_is_left_out_is_told() {
    let bench = sample();
    bench.write("locked", "secret");
    bench.write(".env", "x");
    symlink("/etc/passwd", bench.folder.path().join("out")).unwrap();
    let locked = bench.folder.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let published = bench.publish().await.unwrap();
    let named: BTreeMap<_, _> = published.omissions.named().into_iter().map(|o| (o.path, o.reason)).collect();
    assert_eq!(named[".env"], Reason::Hidden);
    assert_eq!(named["out"], Reason::LinkOutside);
    // The superuser reads everything.
    if !rustix::process::geteuid().is_root() {
        assert_eq!(named["locked"], Reason::Unreadable);
        assert!(published.omissions.has_problem());
    }
}

#[tokio::test]
async fn a_single_file_is_a_share_too() {
    let bench = Bench::new();
    bench.write(".hidden.md", "# one");
    let job = bench.job_of(&bench.folder.path().join(".hidden.md"));
    let published = publish(&bench.memory, job, std::future::pending()).await.unwrap();
    assert_eq!(published.files, 1);
    assert_eq!(bench.manifest().root_kind, RootKind::File);
    let found = lookup(&bench.manifest(), &EntryPath::root(), &Reader(&bench.memory)).await.unwrap();
    assert!(matches!(found, Found::File { file, .. } if file.kind == Kind::Markdown));
}

/// Remembers what would be sent.
#[derive(Default)]
struct Told(std::sync::Mutex<Vec<String>>);

impl Progress for Told {
    fn on(&self, event: Event<'_>) {
        if let Event::WouldSend { path, .. } = event {
            self.0.lock().unwrap().push(path.to_owned());
        }
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_says_what_would_be_sent() {
    let mut bench = sample();
    bench.options.dry_run = true;
    let told = Arc::new(Told::default());
    let progress = Arc::clone(&told) as Arc<dyn Progress>;
    let planned =
        publish(&bench.memory, Job { progress, ..bench.job() }, std::future::pending()).await.unwrap();
    assert_eq!((planned.uploaded_objects, planned.manifest_id), (1, None));
    let told = told.0.lock().unwrap().clone();
    assert_eq!(told.len(), 5);
    assert!(told.is_sorted(), "in the order of the paths: {told:?}");
    assert!(bench.memory.state().objects.is_empty());
    assert!(bench.memory.state().lease.is_none());
    bench.options.dry_run = false;
    bench.publish().await.unwrap();
    bench.options.dry_run = true;
    assert!(!bench.publish().await.unwrap().changed);
    let mut job = bench.job();
    job.target.share = None;
    let planned = publish(&bench.memory, job, std::future::pending()).await.unwrap();
    assert_eq!((planned.share_id, planned.uploaded_objects), (None, 1));
    assert_eq!(bench.memory.state().commits, 1);
}

#[tokio::test]
async fn rules_that_cannot_be_read_publish_nothing_of_their_folder() {
    let bench = sample();
    bench.write("rules", "*\n");
    bench.write("secret/salaries.csv", "1");
    symlink("../rules", bench.folder.path().join("secret/.vitrineignore")).unwrap();
    let published = bench.publish().await.unwrap();
    assert!(published.omissions.has_problem());
    assert!(bench.seen().await.keys().all(|path| !path.starts_with("secret")));
    symlink("rules", bench.folder.path().join(".vitrineignore")).unwrap();
    assert!(matches!(bench.publish().await, Err(PublishError::Scan(_))));
}

#[tokio::test]
async fn a_dry_run_leaves_nothing_in_the_state() {
    let mut bench = sample();
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(&dir.path().join("state.sqlite")).unwrap();
    bench.state = Some(state.clone());
    state.begin_publish(share()).unwrap();
    bench.options.dry_run = true;
    bench.publish().await.unwrap();
    assert!(state.arrived(share(), 0).unwrap().is_empty());
    assert!(state.begin_publish(share()).unwrap(), "the unfinished one is still known");
}

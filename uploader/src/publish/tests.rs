//! The whole pipeline against the remote in memory: what is sent, what readers see, and what faults and kills leave.

use super::*;
use crate::omission::Reason;
use crate::progress::Silent;
use crate::remote::memory::{Fault, Memory};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::task::Poll;
use vitrine_protocol::tree::{ExtentSource, Found, entries, lookup};
use vitrine_protocol::{EntryPath, Extent, Kind, Listing, RootKind};

fn share() -> ShareId {
    ShareId::from_random('0', [3; 25]).unwrap()
}

/// A folder that publishes to one share in memory.
struct Bench {
    folder: tempfile::TempDir,
    memory: Memory,
    options: Options,
}

impl Bench {
    fn new() -> Self {
        let (folder, memory) = (tempfile::tempdir().unwrap(), Memory::default());
        Self { folder, memory, options: Options::default() }
    }

    /// Writes a file that is old enough to be trusted by its time.
    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write_aged(path, content, 3600);
    }

    fn write_aged(&self, path: &str, content: impl AsRef<[u8]>, seconds: u64) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let time = std::time::SystemTime::now() - Duration::from_secs(seconds);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    fn job(&self) -> Job {
        self.job_of(self.folder.path())
    }

    fn job_of(&self, path: &Path) -> Job {
        Job {
            source: Arc::new(Source::open(path).unwrap()),
            target: Target {
                share: Some(share()),
                root_path: "folder".to_owned(),
                nonce: Some("n".repeat(32)),
                ..Target::default()
            },
            options: self.options.clone(),
            progress: Arc::new(Silent),
        }
    }

    async fn publish(&self) -> Result<Published, PublishError> {
        publish(&self.memory, self.job(), std::future::pending()).await
    }

    async fn publish_with(&self, fault: Fault) -> Result<Published, PublishError> {
        publish(&self.memory.with(fault), self.job(), std::future::pending()).await
    }

    fn manifest(&self) -> Manifest {
        let latest = self.memory.latest(share()).unwrap();
        let key = ObjectKey::manifest(share(), latest.manifest_id).to_string();
        let bytes = self.memory.state().objects[&key].clone();
        assert_eq!(Sha256::of(&bytes), latest.manifest_hash);
        Manifest::from_json(&bytes).unwrap()
    }

    /// Everything that readers see: paths and contents, each checked against its hash.
    async fn seen(&self) -> BTreeMap<String, Vec<u8>> {
        let manifest = self.manifest();
        let reader = Reader(&self.memory);
        let mut seen = BTreeMap::new();
        let mut todo = vec![(EntryPath::root(), manifest.root)];
        while let Some((path, listing)) = todo.pop() {
            let found = entries(&listing, &reader).await.unwrap();
            for file in found.files {
                let mut content = Vec::new();
                for extent in file.extents() {
                    content.extend(reader.read(extent).await.unwrap());
                }
                assert_eq!((Sha256::of(&content), content.len() as u64), (file.hash, file.size));
                seen.insert(path.join(&file.name).unwrap().to_string(), content);
            }
            for dir in found.dirs {
                todo.push((path.join(&dir.name).unwrap(), dir.listing));
            }
        }
        seen
    }

    /// What is on disk, hidden names apart.
    fn on_disk(&self) -> BTreeMap<String, Vec<u8>> {
        fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
                let (path, name) = (entry.path(), entry.file_name());
                let kind = entry.file_type().unwrap();
                if name.to_string_lossy().starts_with('.') {
                } else if kind.is_dir() {
                    walk(root, &path, all);
                } else if kind.is_file() {
                    let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    all.insert(relative, fs::read(&path).unwrap());
                }
            }
        }
        let mut all = BTreeMap::new();
        walk(self.folder.path(), self.folder.path(), &mut all);
        all
    }

    async fn assert_whole(&self) {
        assert_eq!(self.seen().await, self.on_disk());
    }

    fn blob_puts(&self) -> usize {
        self.memory.state().puts.iter().filter(|key| key.contains("/blobs/")).count()
    }
}

struct Reader<'a>(&'a Memory);

impl ExtentSource for Reader<'_> {
    type Error = std::convert::Infallible;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, Self::Error> {
        let bytes = self.0.state().objects[&ObjectKey::blob(share(), extent.blob).to_string()].clone();
        Ok(bytes[usize::try_from(extent.offset).unwrap()..usize::try_from(extent.end()).unwrap()].to_vec())
    }
}

fn sample() -> Bench {
    let bench = Bench::new();
    for (path, content) in [
        ("README.md", "# Hello"),
        ("empty", ""),
        ("a/one.txt", "one"),
        ("a/b/two.txt", "two"),
        ("a/b/same.txt", "one"),
        ("names/sp ace %#?+é🏳️.txt", "name"),
        ("note.ipynb", "{}"),
    ] {
        bench.write(path, content);
    }
    symlink("one.txt", bench.folder.path().join("a/link")).unwrap();
    fs::create_dir(bench.folder.path().join("nothing here")).unwrap();
    bench
}

#[tokio::test]
async fn a_first_publish_sends_each_content_once() {
    let bench = sample();
    let published = bench.publish().await.unwrap();
    assert_eq!((published.files, published.bytes, published.new_files), (7, 7 + 3 + 3 + 3 + 4 + 2, 7));
    assert_eq!(published.uploaded_objects, 5, "`one` is sent once, the empty file never");
    assert_eq!(published.uploaded_bytes, 7 + 3 + 3 + 4 + 2);
    assert_eq!(bench.blob_puts(), 5);
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
    assert!(matches!(first.uploaded_objects, 3001..=3003), "{}", first.uploaded_objects);
    bench.assert_whole().await;
    bench.write("wide/1500", "another");
    let second = bench.publish().await.unwrap();
    assert_eq!(second.uploaded_objects, 2, "the content and one page");
    assert!(second.uploaded_bytes < 600_000, "{}", second.uploaded_bytes);
    bench.assert_whole().await;
}

#[tokio::test]
async fn many_blobs_move_the_inventory_out_of_the_manifest() {
    let bench = Bench::new();
    for index in 0..4200 {
        bench.write(&format!("{}/{index}", index % 60), format!("content {index}"));
    }
    bench.publish().await.unwrap();
    assert!(matches!(bench.manifest().blobs, vitrine_protocol::manifest::Inventory::At(_)));
    bench.write("7/7", "changed");
    let second = bench.publish().await.unwrap();
    assert_eq!(second.uploaded_objects, 3, "the content, its listing and the inventory");
    assert!(!bench.publish().await.unwrap().changed);
    bench.assert_whole().await;
}

#[tokio::test]
async fn large_files_go_in_parts_and_once() {
    let bench = Bench::new();
    let size = usize::try_from(vitrine_protocol::limits::MULTIPART_THRESHOLD).unwrap() + 12_345;
    let content: Vec<u8> = (0..size).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
    bench.write("large.bin", &content);
    bench.write("middle.bin", &content[..20 << 20]);
    let published = bench.publish().await.unwrap();
    assert_eq!(published.uploaded_objects, 2);
    bench.assert_whole().await;
    // A copy is known by its hash, and a blob that an interrupted publish left behind is found.
    bench.write("copy.bin", &content);
    assert_eq!(bench.publish().await.unwrap().uploaded_objects, 0);
    let latest = ObjectKey::latest(share()).to_string();
    bench.memory.state().objects.remove(&latest);
    assert_eq!(bench.publish().await.unwrap().uploaded_objects, 1, "only what is cheap to send again");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_never_settles_is_left_out_and_told() {
    let bench = sample();
    bench.write("log", vec![b'x'; 4 << 20]);
    let done = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (path, done) = (bench.folder.path().join("log"), Arc::clone(&done));
        move || {
            use std::io::Write as _;
            let mut file = fs::File::options().append(true).open(path).unwrap();
            while !done.load(Ordering::Relaxed) {
                file.write_all(b"line").unwrap();
            }
        }
    });
    let published = bench.publish().await.unwrap();
    done.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let named = published.omissions.named();
    assert_eq!((named[0].path.as_str(), named[0].reason), ("log", Reason::Unstable));
    assert!(published.omissions.has_problem());
    assert_eq!(published.files, 7);
    bench.publish().await.unwrap();
    bench.assert_whole().await;
}

#[tokio::test]
async fn a_link_swapped_in_for_a_folder_leaks_nothing() {
    let bench = sample();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("two.txt"), "secret").unwrap();
    let scan = scan(&bench.job()).await.unwrap();
    let swapped = bench.folder.path().join("a/b");
    fs::rename(&swapped, bench.folder.path().join(".moved")).unwrap();
    symlink(outside.path(), &swapped).unwrap();
    let session = bench.memory.begin(&bench.job().target).await.unwrap();
    let published = run(&session, &bench.job(), scan, &AtomicBool::new(false)).await.unwrap();
    let named: Vec<_> = published.omissions.named().into_iter().map(|o| (o.path, o.reason)).collect();
    assert_eq!(
        named,
        [("a/b/same.txt".to_owned(), Reason::Unstable), ("a/b/two.txt".to_owned(), Reason::Unstable)]
    );
    assert!(!bench.seen().await.values().any(|content| content == b"secret"));
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

#[tokio::test]
async fn a_dry_run_writes_nothing_and_says_what_would_be_sent() {
    let mut bench = sample();
    bench.options.dry_run = true;
    let planned = bench.publish().await.unwrap();
    assert_eq!((planned.uploaded_objects, planned.manifest_id), (5, None));
    assert_eq!(planned.would_send.len(), 5);
    assert!(bench.memory.state().objects.is_empty());
    assert!(bench.memory.state().lease.is_none());
    bench.options.dry_run = false;
    bench.publish().await.unwrap();
    bench.options.dry_run = true;
    assert!(!bench.publish().await.unwrap().changed);
    let mut job = bench.job();
    job.target.share = None;
    let planned = publish(&bench.memory, job, std::future::pending()).await.unwrap();
    assert_eq!((planned.share_id, planned.uploaded_objects), (None, 5));
    assert_eq!(bench.memory.state().commits, 1);
}

#[tokio::test]
async fn faults_that_pass_do_no_harm() {
    let faults =
        [Fault::PutsFailOnce, Fault::PutsLandUnanswered, Fault::CommitLandsUnanswered, Fault::Slow(3)];
    for fault in faults {
        let bench = sample();
        let published = bench.publish_with(fault).await.unwrap();
        assert_eq!(published.uploaded_objects, 5, "{fault:?}");
        assert_eq!(bench.memory.state().commits, 1, "{fault:?}");
        bench.assert_whole().await;
        assert!(!bench.publish().await.unwrap().changed, "{fault:?}");
    }
}

#[tokio::test]
async fn refusals_change_nothing_and_give_the_lease_back() {
    let bench = sample();
    bench.publish().await.unwrap();
    let before = bench.seen().await;
    bench.write("new", "new");
    let error = bench.publish_with(Fault::Denied).await.unwrap_err();
    assert!(matches!(error, PublishError::Send(SendError { ref path, .. }) if path == "new"), "{error:?}");
    assert_eq!(bench.seen().await, before);
    assert!(bench.memory.state().lease.is_none());
}

#[tokio::test]
async fn a_second_publisher_is_told_and_a_restarted_one_goes_on() {
    let bench = sample();
    bench.memory.state().lease = Some((7, "someone else".to_owned()));
    let error = bench.publish().await.unwrap_err();
    assert!(
        matches!(error, PublishError::Begin(ref error) if error.is(vitrine_protocol::ErrorCode::LeaseHeld))
    );
    assert_eq!(bench.memory.state().lease, Some((7, "someone else".to_owned())), "theirs is not given back");
    bench.memory.state().lease = Some((7, "n".repeat(32)));
    bench.publish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_stops_the_work() {
    let bench = sample();
    let memory = bench.memory.with(Fault::LeaseLost);
    let session = memory.begin(&bench.job().target).await.unwrap();
    let lost = tokio::time::timeout(Duration::from_mins(1), heartbeat(&session)).await.unwrap();
    assert!(lost.is(vitrine_protocol::ErrorCode::LeaseLost));
}

#[tokio::test]
async fn someone_elses_commit_in_between_is_not_overwritten() {
    let bench = sample();
    bench.publish().await.unwrap();
    bench.write("mine", "mine");
    let session = bench.memory.begin(&bench.job().target).await.unwrap();
    bench.write("theirs", "theirs");
    bench.publish().await.unwrap();
    let theirs = bench.seen().await;
    let scan = scan(&bench.job()).await.unwrap();
    let error = run(&session, &bench.job(), scan, &AtomicBool::new(false)).await.unwrap_err();
    assert!(matches!(error, PublishError::Commit(_)), "{error:?}");
    assert_eq!(bench.seen().await, theirs);
}

#[tokio::test]
async fn a_damaged_base_is_refused_and_can_be_ignored() {
    let bench = sample();
    bench.publish().await.unwrap();
    let latest = bench.memory.latest(share()).unwrap();
    let key = ObjectKey::manifest(share(), latest.manifest_id).to_string();
    let good = bench.memory.state().objects[&key].clone();
    let newer = String::from_utf8(good.to_vec()).unwrap().replace("\"version\":1", "\"version\":2");
    let relabel = |bytes: &Bytes| {
        let latest = Latest { manifest_hash: Sha256::of(bytes), ..latest.clone() };
        let mut state = bench.memory.state();
        state.objects.insert(key.clone(), bytes.clone());
        state.objects.insert(ObjectKey::latest(share()).to_string(), latest.to_json().into());
    };
    bench.memory.state().objects.insert(key.clone(), Bytes::from_static(b"garbage"));
    assert!(matches!(bench.publish().await, Err(PublishError::Base(BaseError::Hash { .. }))));
    relabel(&Bytes::from_static(b"garbage"));
    assert!(matches!(bench.publish().await, Err(PublishError::Base(BaseError::Format { .. }))));
    relabel(&Bytes::from(newer));
    assert!(matches!(bench.publish().await, Err(PublishError::Base(error)) if error.is_newer()));
    bench.memory.state().objects.remove(&key);
    assert!(matches!(bench.publish().await, Err(PublishError::Base(BaseError::Missing { .. }))));
    assert!(bench.memory.state().lease.is_none());
    let mut job = bench.job();
    job.options.ignore_base = true;
    publish(&bench.memory, job, std::future::pending()).await.unwrap();
    bench.assert_whole().await;
}

#[tokio::test]
async fn stopping_gives_the_lease_back() {
    let bench = sample();
    let memory = bench.memory.with(Fault::Slow(1000));
    let stop = async {
        while bench.memory.state().lease.is_none() {
            tokio::task::yield_now().await;
        }
    };
    let error = publish(&memory, bench.job(), stop).await.unwrap_err();
    assert!(matches!(error, PublishError::Interrupted), "{error:?}");
    assert!(bench.memory.state().lease.is_none());
}

/// Polls a future so many times and then drops it, as a kill at that await point would.
async fn killed_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_publish_killed_anywhere_leaves_a_whole_snapshot_and_the_next_converges() {
    let bench = sample();
    bench.publish().await.unwrap();
    let mut finished = false;
    for polls in 0..400 {
        bench.write("a/one.txt", format!("version {polls}"));
        bench.write(&format!("dir {}/file", polls % 5), format!("file {polls}"));
        let before = bench.seen().await;
        let memory = bench.memory.with(Fault::Slow(2));
        let killed = killed_after(polls, publish(&memory, bench.job(), std::future::pending())).await;
        let after = bench.seen().await;
        assert!(after == before || after == bench.on_disk(), "killed after {polls} polls");
        let again = bench.publish().await.unwrap();
        bench.assert_whole().await;
        if let Some(done) = killed {
            assert!(!again.changed, "{polls}: {:?}", done.unwrap());
            finished = true;
            break;
        }
    }
    assert!(finished, "the loop reached the end of a publish");
}

//! What faults, kills and other publishers leave behind.

use super::*;
use vitrine_protocol::manifest::Inventory;

/// Appends to a file whenever bytes of any file were read, so that a reading of it never ends as it began.
struct Appending(std::path::PathBuf);

impl Progress for Appending {
    fn on(&self, event: Event<'_>) {
        if let Event::Hashed { .. } = event {
            use std::io::Write as _;
            fs::File::options().append(true).open(&self.0).unwrap().write_all(b"line").unwrap();
        }
    }
}

#[tokio::test]
async fn a_file_that_never_settles_is_left_out_and_told() {
    let bench = sample();
    bench.write("log", vec![b'x'; 4 << 20]);
    let progress = Arc::new(Appending(bench.folder.path().join("log")));
    let job = Job { progress, ..bench.job() };
    let published = publish(&bench.memory, job, std::future::pending()).await.unwrap();
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
    // The root, `a`, `a/b`, `names` and `nothing here`.
    while scan.0.ahead() < 5 {
        tokio::task::yield_now().await;
    }
    let swapped = bench.folder.path().join("a/b");
    fs::rename(&swapped, bench.folder.path().join(".moved")).unwrap();
    symlink(outside.path(), &swapped).unwrap();
    let session = Arc::new(bench.memory.begin(&bench.job().target).await.unwrap());
    let published = run(&session, &bench.job(), scan, &AtomicBool::new(false)).await.unwrap();
    let named: Vec<_> = published.omissions.named().into_iter().map(|o| (o.path, o.reason)).collect();
    assert_eq!(
        named,
        [("a/b/same.txt".to_owned(), Reason::Unstable), ("a/b/two.txt".to_owned(), Reason::Unstable)]
    );
    assert!(!bench.seen().await.values().any(|content| content == b"secret"));
}

#[tokio::test]
async fn faults_that_pass_do_no_harm() {
    let faults =
        [Fault::PutsFailOnce, Fault::PutsLandUnanswered, Fault::CommitLandsUnanswered, Fault::Slow(3)];
    for fault in faults {
        let bench = sample();
        let published = bench.publish_with(fault).await.unwrap();
        assert_eq!(published.uploaded_objects, 1, "{fault:?}");
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
    assert!(
        matches!(error, PublishError::Send(SendError { ref path, .. }) if path == "a pack of 1 small files"),
        "{error:?}"
    );
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

#[tokio::test(start_paused = true)]
async fn a_lease_that_never_ends_is_renewed_all_the_same() {
    let bench = sample();
    let memory = bench.memory.with(Fault::LeaseForEver);
    let session = memory.begin(&bench.job().target).await.unwrap();
    let days = tokio::time::timeout(Duration::from_hours(72), heartbeat(&session)).await;
    assert!(days.is_err(), "neither a panic nor a lost lease: {days:?}");
}

#[tokio::test]
async fn someone_elses_commit_in_between_is_not_overwritten() {
    let bench = sample();
    bench.publish().await.unwrap();
    bench.write("mine", "mine");
    let session = Arc::new(bench.memory.begin(&bench.job().target).await.unwrap());
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

/// Whoever had a ticket a while ago can write over what is stored; a publish never takes over what it finds then.
#[tokio::test]
async fn other_bytes_in_the_place_of_what_describes_the_base_are_refused() {
    let bench = Bench::new();
    for index in 0..150 {
        bench.write(&format!("wide/{index}"), format!("{index}"));
    }
    bench.write("top", "1");
    bench.publish().await.unwrap();
    let mut manifest = bench.manifest();
    let Listing::Inline(root) = &manifest.root else { panic!("a small root") };
    let Listing::At(listing) = root.dirs[0].listing else { panic!("150 files are stored") };
    let Inventory::Inline(rows) = &manifest.blobs else { panic!("few blobs") };
    // A list of blobs of its own, as large shares have.
    let list = Bytes::from(serde_json::to_vec(rows).unwrap());
    bench.memory.state().objects.insert(key_of(&list), list.clone());
    manifest.blobs = Inventory::At(Extent { blob: Sha256::of(&list), offset: 0, length: list.len() as u64 });
    let json = manifest.to_json();
    let mut latest = bench.memory.latest(share()).unwrap();
    latest.manifest_hash = Sha256::of(&json);
    let manifest = ObjectKey::manifest(share(), latest.manifest_id).to_string();
    bench.memory.state().objects.insert(manifest.clone(), json.into());
    bench.memory.state().objects.insert(ObjectKey::latest(share()).to_string(), latest.to_json().into());
    let latest = bench.memory.latest(share());
    bench.write("wide/5", "changed");
    for key in [manifest, ObjectKey::blob(share(), listing.blob).to_string(), key_of(&list)] {
        let good = bench.memory.state().objects[&key].clone();
        let same = String::from_utf8(good.to_vec()).unwrap().replacen('1', "2", 1).into_bytes();
        let longer = [b" ", &good[..]].concat();
        let far_longer = vec![b' '; 40 << 20];
        for bad in [same, longer, good[..good.len() - 1].to_vec(), far_longer, Vec::new()] {
            bench.memory.state().objects.insert(key.clone(), bad.into());
            let refused = bench.publish().await.unwrap_err();
            assert!(matches!(&refused, PublishError::Base(error) if error.is_damage()), "{key}: {refused:?}");
            assert_eq!(bench.memory.latest(share()), latest);
        }
        bench.memory.state().objects.insert(key, good);
    }
    bench.publish().await.unwrap();
    bench.assert_whole().await;
}

#[tokio::test]
async fn too_many_blobs_for_the_inventory_end_the_publish() {
    let mut bench = Bench::new();
    for index in 0..5 {
        bench.write(&format!("{index}"), vec![index; 300_000]);
    }
    // Four rows of 73 bytes at least.
    bench.options.inventory_bytes_max = 280;
    let error = bench.publish().await.unwrap_err();
    assert!(
        matches!(error, PublishError::Bounds(BoundsError::Inventory { blobs: 4, max: 280 })),
        "{error:?}"
    );
    assert!(bench.memory.state().lease.is_none());
    bench.options.inventory_bytes_max = 5 * 90;
    bench.publish().await.unwrap();
    bench.assert_whole().await;
}

/// The key of the blob with that content.
fn key_of(content: &[u8]) -> String {
    ObjectKey::blob(share(), Sha256::of(content)).to_string()
}

#[tokio::test]
async fn everything_sent_anew_repairs_a_damaged_large_blob() {
    let mut bench = Bench::new();
    let size = usize::try_from(vitrine_protocol::limits::MULTIPART_THRESHOLD).unwrap() + 1;
    let content = vec![7; size];
    bench.write("large.bin", &content);
    bench.publish().await.unwrap();
    let damaged = Bytes::from(vec![8; size]);
    bench.memory.state().objects.insert(key_of(&content), damaged);
    bench.options.ignore_base = true;
    let repaired = bench.publish().await.unwrap();
    assert_eq!(repaired.uploaded_objects, 2, "the file and its table of chunks");
    bench.assert_whole().await;
}

#[tokio::test]
async fn a_checksum_publish_sends_missing_blobs_again() {
    let mut bench = sample();
    for index in 0..200 {
        bench.write(&format!("middle/{index:03}"), format!("{index}"));
    }
    bench.publish().await.unwrap();
    bench.options.checksum = true;
    assert_eq!(bench.publish().await.unwrap().uploaded_objects, 0);
    let (medium, packed) = (vec![7; 300_000], bench.manifest());
    bench.write("medium", &medium);
    bench.publish().await.unwrap();
    let pack = packed.own_extents()[0].blob;
    let pack = ObjectKey::blob(share(), pack).to_string();
    bench.memory.state().objects.remove(&pack);
    bench.memory.state().objects.insert(key_of(&medium), Bytes::from_static(b"me"));
    let repaired = bench.publish().await.unwrap();
    assert!(!repaired.changed, "readers see the same snapshot, now whole");
    assert_eq!(repaired.uploaded_objects, 2);
    assert!(bench.memory.state().objects.contains_key(&pack));
    bench.assert_whole().await;
}

#[tokio::test]
async fn too_many_blobs_are_not_asked_for_and_that_is_told() {
    #[derive(Default)]
    struct Notes(std::sync::Mutex<Vec<String>>);
    impl Progress for Notes {
        fn on(&self, event: Event<'_>) {
            if let Event::Note { text } = event {
                self.0.lock().unwrap().push(text.to_owned());
            }
        }
    }
    let mut bench = Bench::new();
    bench.write("one", vec![1; 300_000]);
    bench.write("two", vec![2; 300_000]);
    bench.publish().await.unwrap();
    (bench.options.checksum, bench.options.checked_blobs_max) = (true, 1);
    let notes = Arc::new(Notes::default());
    let progress = Arc::clone(&notes) as Arc<dyn Progress>;
    let job = Job { progress, ..bench.job() };
    publish(&bench.memory, job, std::future::pending()).await.unwrap();
    let notes = notes.0.lock().unwrap();
    assert!(notes.len() == 1 && notes[0].contains("was not checked"), "{notes:?}");
}

#[tokio::test]
async fn stopping_gives_the_lease_back_even_before_its_grant_arrives() {
    let bench = sample();
    let memory = bench.memory.with(Fault::Slow(100));
    let leased = || bench.memory.state().lease.is_some();
    let sending = || !bench.memory.state().puts.is_empty();
    for moment in [&leased as &dyn Fn() -> bool, &sending] {
        let stop = async {
            while !moment() {
                tokio::task::yield_now().await;
            }
        };
        let error = publish(&memory, bench.job(), stop).await.unwrap_err();
        assert!(matches!(error, PublishError::Interrupted), "{error:?}");
        assert!(bench.memory.state().lease.is_none());
    }
}

#[tokio::test]
async fn a_stop_waits_for_the_commit_and_a_second_one_does_not() {
    let bench = sample();
    let memory = bench.memory.with(Fault::Slow(100));
    let committing = async || {
        while !bench.memory.state().puts.iter().any(|key| key.contains("/manifests/")) {
            tokio::task::yield_now().await;
        }
        // Past the put of the manifest and into the pause of the commit.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    };
    let published = publish(&memory, bench.job(), committing()).await.unwrap();
    assert!(published.changed);
    bench.write("new", "new");
    bench.memory.state().puts.clear();
    let error = publish_until(&memory, bench.job(), committing(), committing()).await.unwrap_err();
    assert!(matches!(error, PublishError::InterruptedCommit), "{error:?}");
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
        let killed =
            Box::pin(killed_after(polls, publish(&memory, bench.job(), std::future::pending()))).await;
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

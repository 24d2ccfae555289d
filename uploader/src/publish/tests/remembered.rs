//! What this machine remembers between publishes: how files looked, and what arrived.

use super::*;

fn with_state(mut bench: Bench) -> (Bench, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    bench.state = Some(State::open(&dir.path().join("state.sqlite")).unwrap());
    // Files that were made a moment ago would not be trusted, and nobody can set a change time back.
    bench.options.racy_ms = -60_000;
    (bench, dir)
}

#[tokio::test]
async fn a_change_that_set_size_and_time_back_is_seen() {
    let (bench, _dir) = with_state(sample());
    bench.publish().await.unwrap();
    assert!(!bench.publish().await.unwrap().changed);
    let path = bench.folder.path().join("a/one.txt");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "two").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(bench.publish().await.unwrap().changed_files, 1);
    bench.assert_whole().await;
    assert!(!bench.publish().await.unwrap().changed);
}

#[tokio::test]
async fn someone_elses_publish_makes_the_memory_worthless_and_nothing_is_lost() {
    let (mut bench, _dir) = with_state(sample());
    bench.publish().await.unwrap();
    let state = bench.state.take();
    bench.write("README.md", "# Other");
    bench.publish().await.unwrap();
    bench.state = state;
    bench.write("a/b/two.txt", "deux");
    assert_eq!(bench.publish().await.unwrap().changed_files, 1);
    bench.assert_whole().await;
}

#[tokio::test]
async fn what_arrived_before_an_interruption_is_not_sent_again() {
    let (bench, _dir) = with_state(sample());
    for index in 0..120_u32 {
        bench.write(&format!("many/{index}"), vec![u8::try_from(index).unwrap(); 200_000]);
    }
    bench.write("medium", vec![7; 300_000]);
    let all = || bench.memory.state().puts.iter().filter(|key| key.contains("/blobs/")).count();
    let committing = async {
        while !bench.memory.state().puts.iter().any(|key| key.contains("/manifests/")) {
            tokio::task::yield_now().await;
        }
    };
    let memory = bench.memory.with(Fault::Slow(50));
    let error = publish_until(&memory, bench.job(), std::future::pending(), committing).await.unwrap_err();
    assert!(matches!(error, PublishError::InterruptedCommit | PublishError::Interrupted), "{error:?}");
    let sent = all();
    assert!(sent >= 4, "{sent}");
    // Pack boundaries move, and yet what is in the packs is known.
    bench.write("a first", "new");
    bench.memory.state().lease = None;
    let published = bench.publish().await.unwrap();
    assert!(published.uploaded_bytes < 50_000, "{}", published.uploaded_bytes);
    bench.assert_whole().await;
}

#[tokio::test]
async fn what_arrived_and_was_lost_is_sent_again() {
    let (bench, _dir) = with_state(sample());
    let sent = async {
        while bench.memory.state().puts.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    let memory = bench.memory.with(Fault::Slow(50));
    publish_until(&memory, bench.job(), std::future::pending(), sent).await.unwrap_err();
    bench.memory.state().objects.clear();
    bench.memory.state().lease = None;
    bench.publish().await.unwrap();
    bench.assert_whole().await;
}

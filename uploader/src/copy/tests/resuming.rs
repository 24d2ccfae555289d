//! Copies that are cut off at any request, and shares that are damaged.

use super::*;
use crate::reading::Damage;
use vitrine_protocol::Sha256;

fn draft() -> Draft {
    let files = (0..60).map(|n| file(&format!("d{}/{n}", n % 5), noise(n, 3000), Layout::Pack));
    let large = [
        file("big.bin", noise(99, 40_000_000), Layout::Whole),
        file("delta.bin", noise(98, 40_000), Layout::Split(4000)),
    ];
    Draft { files: files.chain(large).collect(), pack: 40_000, ..Draft::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_cut_off_at_any_request_goes_on() {
    let draft = draft();
    let bench = Bench::new(&draft);
    let expected = wanted(&draft);
    let mut rounds = 0;
    let mut fetched = 0;
    loop {
        // A few more requests each time: enough to read the listings and get somewhere.
        bench.shelf.state().left = Some(4 + rounds);
        let outcome = bench.copy().await;
        let blobs = bench.blob_gets();
        fetched += blobs.iter().map(|(_, range)| range.map_or(0, |(_, length)| length)).sum::<u64>();
        for (path, thing) in bench.seen() {
            // What has its name is whole.
            if !path.contains(".vitrine-") && matches!(thing, Thing::File(..)) {
                assert_eq!(expected.get(&path), Some(&thing), "{path}");
            }
        }
        if let Ok(copied) = outcome {
            assert_eq!(copied.failed, 0);
            break;
        }
        rounds += 1;
        assert!(rounds < 60, "it gets somewhere");
    }
    assert!(rounds > 3);
    assert!(bench.seen() == expected, "nothing temporary is left");
    assert!(fetched < 140_000_000, "what arrived is not fetched again and again: {fetched}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_on_from_its_marks() {
    let draft =
        Draft { files: vec![file("big.bin", noise(7, 40_000_000), Layout::Whole)], ..Draft::default() };
    let bench = Bench::new(&draft);
    // latest.json, the manifest, and two pieces of five.
    bench.shelf.state().left = Some(4);
    bench.copy().await.unwrap_err();
    bench.shelf.state().left = None;
    bench.blob_gets();
    bench.copy().await.unwrap();
    assert!(bench.blob_gets().len() < 5, "some pieces were there");
    assert!(bench.seen() == wanted(&draft));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_file_that_lies_is_fetched_anew() {
    let content = noise(7, 40_000_000);
    let draft = Draft { files: vec![file("big.bin", &content, Layout::Whole)], ..Draft::default() };
    let bench = Bench::new(&draft);
    fs::create_dir_all(bench.dest()).unwrap();
    let name = EntryPath::parse("big.bin").unwrap().name().unwrap().clone();
    let temporary = dest::temporary(&name, &Sha256::of(&content));
    let mut lies = vec![0; 40_000_000];
    lies.extend([1; 5]);
    fs::write(bench.at(&temporary), lies).unwrap();
    let copied = bench.copy().await.unwrap();
    assert_eq!(copied.failed, 0);
    assert!(bench.seen() == wanted(&draft));
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_blobs_cost_the_files_in_them_and_no_others() {
    let (one, two, three) = (noise(1, 3000), noise(2, 3000), noise(3, 3000));
    let pack = [one.as_slice(), two.as_slice(), three.as_slice()].concat();
    let draft = Draft {
        files: vec![
            file("one", &one, Layout::Pack),
            file("two", &two, Layout::Pack),
            file("three", &three, Layout::Pack),
            file("whole", "whole", Layout::Whole),
            file("split", noise(5, 4000), Layout::Split(1000)),
            file("fine", "fine", Layout::Whole),
        ],
        pack: 9000,
        ..Draft::default()
    };
    let bench = Bench::new(&draft);
    bench.shelf.damage(Sha256::of(&pack), |mut bytes| {
        bytes[10] ^= 1;
        bytes.truncate(8000);
        Some(bytes)
    });
    bench.shelf.damage(Sha256::of(b"whole"), |_| None);
    bench.shelf.damage(Sha256::of(&noise(5, 4000)[1000..2000]), |bytes| Some(bytes[..999].to_vec()));
    let copied = bench.copy().await.unwrap();
    let failures: Vec<_> = copied.failures.iter().map(|f| (f.path.as_str(), f.reason)).collect();
    assert_eq!(
        failures,
        [
            ("one", Reason::Hash),
            ("split", Reason::Blob(Damage::Short)),
            ("three", Reason::Blob(Damage::Short)),
            ("whole", Reason::Blob(Damage::Missing)),
        ]
    );
    let names: Vec<_> = bench.seen().into_keys().collect();
    assert_eq!(names, ["fine", "two"], "nothing half-written is left");
}

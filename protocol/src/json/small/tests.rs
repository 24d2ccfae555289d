//! What it reads and what it refuses, against `serde_json`.

use super::*;
use crate::documents::{Latest, PublicMeta};
use crate::listing::{Entries, File, Listing};
use crate::problem::Problem;
use proptest::prelude::*;
use serde::de::DeserializeOwned;

/// Both readers read the same, or refuse.
fn agree<T: DeserializeOwned + fmt::Debug + PartialEq>(bytes: &[u8]) {
    let (ours, theirs) = (from_slice::<T>(bytes), serde_json::from_slice::<T>(bytes));
    let text = String::from_utf8_lossy(bytes);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{text}"),
        (Err(_), Err(_)) => {}
        _ => panic!("{text}: {ours:?}, but serde_json {theirs:?}"),
    }
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Sample {
    name: String,
    count: u64,
    time: i64,
    #[serde(default)]
    maybe: Option<bool>,
    #[serde(default)]
    list: Vec<(u8, String)>,
}

const FIRST: &str = r#" { "name" : "a\"b\\\/\b\f\n\r\t\u00e9\ud83c\udf0a é🌊", "count": 18446744073709551615, "time": -9223372036854775808,
    "maybe": null, "list": [[0, ""], [255, "x"]], "unknown": {"a": [1.5e-3, -0, true, false, null, {}, []]} } "#;

#[test]
fn a_text_is_read() {
    let sample: Sample = from_slice(FIRST.as_bytes()).expect("it is right");
    assert_eq!(sample.name, "a\"b\\/\u{8}\u{c}\n\r\té🌊 é🌊");
    assert_eq!((sample.count, sample.time, sample.maybe), (u64::MAX, i64::MIN, None));
    assert_eq!(sample.list, [(0, String::new()), (255, "x".to_owned())]);
    agree::<Sample>(FIRST.as_bytes());
}

#[test]
fn edges_are_those_of_serde_json() {
    let numbers = [
        "0",
        "-0",
        "00",
        "01",
        "-1",
        "1.0",
        "1e3",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "18446744073709551616",
        "9223372036854775808",
    ];
    for text in numbers {
        agree::<u64>(text.as_bytes());
        agree::<i64>(text.as_bytes());
        agree::<Vec<de::IgnoredAny>>(format!("[{text}]").as_bytes());
    }
    let texts = [
        r#""""#,
        r#""a"#,
        r#""\u12""#,
        r#""\u+123""#,
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\ud800""#,
        r#""\ud83c\udf0a""#,
        r#""\x""#,
        "\"\n\"",
        "\"\u{7f}\"",
        "\"a\" x",
        "",
        " ",
        "nul",
        "null",
        "\u{feff}\"a\"",
        "'a'",
    ];
    for text in texts {
        agree::<String>(text.as_bytes());
        agree::<Option<String>>(text.as_bytes());
    }
    agree::<String>(b"\"\xff\"");
    for text in ["[]", "[1]", "[1,]", "[,1]", "[1 2]", "[1,2", "[1}", "{}", "[[1]]", "[1,2,3]"] {
        agree::<Vec<u64>>(text.as_bytes());
        agree::<(u64, u64)>(text.as_bytes());
    }
    for text in
        ["{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\":1", "{\"a\":1]"]
    {
        agree::<std::collections::BTreeMap<String, u64>>(text.as_bytes());
    }
}

#[test]
fn nesting_has_its_end() {
    for depth in [126, 127, 128, 129, 5000] {
        agree::<serde_json::Value>(["[".repeat(depth), "]".repeat(depth)].concat().as_bytes());
    }
    // What nobody wants may nest without end for `serde_json`, and not for us.
    assert!(from_slice::<de::IgnoredAny>(&b"[".repeat(1_000_000)).is_err());
}

#[test]
fn errors_say_where() {
    let error = from_slice::<Sample>(br#"{"name": 1}"#).expect_err("a number is no name");
    assert_eq!(error.to_string(), "a value of another type near byte 10");
    let error = from_slice::<Sample>(b"{}").expect_err("it is empty");
    assert_eq!(error.to_string(), "the field `name` is missing near byte 1");
}

#[test]
fn documents_are_read_alike() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let mut read = 0;
    for file in std::fs::read_dir(golden).expect("the folder is there").flatten() {
        let bytes = std::fs::read(file.path()).expect("it can be read");
        agree::<Entries>(&bytes);
        agree::<Listing>(&bytes);
        agree::<Latest>(&bytes);
        agree::<PublicMeta>(&bytes);
        agree::<Problem>(&bytes);
        let raw: Result<crate::manifest::RawManifest, _> = from_slice(&bytes);
        let theirs: Result<crate::manifest::RawManifest, _> = serde_json::from_slice(&bytes);
        assert_eq!(raw.is_ok(), theirs.is_ok(), "{}", file.path().display());
        read += usize::from(raw.is_ok());
    }
    assert!(read > 0, "there are manifests among them");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        agree::<Listing>(&bytes);
        agree::<Vec<String>>(&bytes);
    }

    #[test]
    fn damage_is_refused_alike(at in 0usize..400, with in prop_oneof![Just(b'"'), Just(b'\\'), Just(b'}'), Just(b','), Just(b'0'), any::<u8>()]) {
        let mut bytes = FIRST.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = with;
        // Only ours looks at texts that nobody wants.
        if std::str::from_utf8(&bytes).is_ok() {
            agree::<Sample>(&bytes);
        }
    }

    #[test]
    fn texts_and_numbers_round_trip(texts: Vec<String>, numbers: Vec<i64>) {
        agree::<Vec<String>>(&serde_json::to_vec(&texts).expect("JSON"));
        agree::<Vec<i64>>(&serde_json::to_vec(&numbers).expect("JSON"));
    }
}

#[test]
fn a_file_has_all_its_fields() {
    let json = format!(
        r#"{{"name":"a","hash":"{0}","size":3,"mtime":-1,"crc32":1,"content_type":"text/plain","kind":"text","extents":[["{0}",0,3]]}}"#,
        "ab".repeat(32)
    );
    agree::<File>(json.as_bytes());
    let cut = &json.as_bytes()[..json.len() - 1];
    agree::<File>(cut);
}

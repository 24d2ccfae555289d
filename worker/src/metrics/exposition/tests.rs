//! The text, read back by a parser that knows nothing of the writer; and the alerting rules, whose names must be ours.

use super::super::counters::tests::any_counters;
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use yaml_rust2::{Yaml, YamlLoader};

/// A line with a number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    /// As it is written: numbers past 2^53 are not to be rounded here.
    value: String,
}

/// Reads a line as Prometheus' documentation describes it; `None` when it is not one.
fn parse(line: &str) -> Option<Sample> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"")?;
            let good = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if label.is_empty() || !good {
                return None;
            }
            let (value, after) = quoted(after)?;
            if labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            match after.strip_prefix(',') {
                Some(after) => rest = after,
                None => break rest = after.strip_prefix('}')?,
            }
        }
    }
    let value = rest.strip_prefix(' ')?;
    let plain =
        value.parse::<f64>().is_ok() && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let first = name.chars().next()?;
    (plain && !first.is_ascii_digit()).then(|| Sample { name: name.into(), labels, value: value.into() })
}

/// The text up to the closing quotation mark, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\n' => return None,
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                same @ ('\\' | '"') => same,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}

/// Reads a whole text, and holds it to the rules about what comes before what.
fn parse_all(text: &str) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    let (mut of, mut seen) = (String::new(), BTreeSet::new());
    assert!(text.ends_with('\n'));
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            rest.split_once(' ').unwrap().0.clone_into(&mut of);
            assert!(seen.insert(of.clone()), "{of} comes twice");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, of);
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
        } else {
            let sample = parse(line).unwrap_or_else(|| panic!("not a sample: {line:?}"));
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| sample.name.strip_suffix(end));
            assert!(sample.name == of || base == Some(&of), "{line:?} under {of}");
            let twice =
                samples.iter().any(|other| (&other.name, &other.labels) == (&sample.name, &sample.labels));
            assert!(!twice, "{line:?} comes twice");
            samples.push(sample);
        }
    }
    samples
}

fn gauges() -> Vec<Gauge> {
    vec![
        Gauge { metric: Metric::Jobs, labels: vec!["queued".into()], value: 3 },
        Gauge { metric: Metric::HostSeen, labels: vec!["h\"1\\".into()], value: 12 },
    ]
}

#[test]
fn the_text() {
    let mut counters = Counters::new();
    counters.add(Metric::GatewayAnswers, &["share", "file", "206"], 7);
    counters.add(Metric::ViewerErrors, &["a\\b\"c\nd"], 1);
    counters.observe(Metric::PublishSeconds, &[], 1_234);
    counters.observe(Metric::PublishSeconds, &[], 30_000);
    insta::assert_snapshot!(render(&counters, &gauges()));
}

#[test]
fn with_nothing_counted_every_metric_is_there() {
    let text = render(&Counters::new(), &[]);
    let samples = parse_all(&text);
    for metric in Metric::ALL {
        assert!(text.contains(&format!("# TYPE {} ", metric.name())));
    }
    let value =
        |name: &str| samples.iter().find(|sample| sample.name == name).map(|sample| sample.value.as_str());
    assert_eq!(value("vitrine_publish_bytes_total"), Some("0"));
    assert_eq!(value("vitrine_publish_seconds_count"), Some("0"));
}

proptest! {
    /// Whatever was counted: each line is a sample, says what was counted, and nothing is missing.
    #[test]
    fn every_line_is_read_back(counters in any_counters()) {
        let samples = parse_all(&render(&counters, &gauges()));
        for metric in Metric::ALL.iter().copied() {
            for (values, count) in counters.counts_of(metric) {
                let labels: BTreeMap<String, String> =
                    metric.labels().iter().map(ToString::to_string).zip(values.iter().cloned()).collect();
                let found = samples.iter().find(|sample| sample.name == metric.name() && sample.labels == labels);
                prop_assert_eq!(&found.unwrap().value, &count.to_string());
            }
        }
        let buckets: Vec<u64> =
            samples.iter().filter(|sample| sample.name.ends_with("_bucket")).map(|sample| sample.value.parse().unwrap()).collect();
        prop_assert!(buckets.is_sorted());
        let count = samples.iter().find(|sample| sample.name.ends_with("_seconds_count")).unwrap();
        prop_assert_eq!(&buckets.last().unwrap().to_string(), &count.value);
    }

    #[test]
    fn milliseconds_are_seconds(ms in 0u64..1 << 52) {
        let text = seconds(ms);
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let back = whole.parse::<u64>().unwrap() * 1000 + format!("{part:0<3}").parse::<u64>().unwrap();
        prop_assert_eq!(back, ms);
    }
}

const ALERTS: &str = include_str!("../../../../docs/operations/alerts.yml");

fn rules(document: &Yaml) -> Vec<&Yaml> {
    let groups = document["groups"].as_vec().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_vec().unwrap()).collect()
}

/// The words in a text that look like metrics of ours.
fn names_in(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("vitrine_"))
        .collect()
}

#[test]
fn the_alerts_are_yaml_and_watch_what_there_is() {
    let documents = YamlLoader::load_from_str(ALERTS).unwrap();
    assert_eq!(documents.len(), 1);
    let mut gauges = gauges();
    gauges.push(Gauge { metric: Metric::Hosts, labels: vec!["active".into()], value: 1 });
    let mut counters = Counters::new();
    counters.add(Metric::GatewayAnswers, &["share", "file", "200"], 1);
    counters.add(Metric::ApiAnswers, &["shares", "200"], 1);
    counters.add(Metric::PublishFailures, &["internal"], 1);
    counters.add(Metric::ViewerErrors, &["corrupt"], 1);
    counters.add(Metric::Mismatches, &["manifest"], 1);
    let samples = parse_all(&render(&counters, &gauges));
    let known: BTreeSet<&str> = samples.iter().map(|sample| sample.name.as_str()).collect();
    let mut watched = BTreeSet::new();
    let mut alerts = BTreeSet::new();
    for rule in rules(&documents[0]) {
        let name = rule["alert"].as_str().unwrap();
        assert!(alerts.insert(name), "{name} is there twice");
        let names = names_in(rule["expr"].as_str().unwrap());
        assert!(!names.is_empty(), "{name} watches nothing");
        assert!(names.is_subset(&known), "{name}: {names:?}");
        watched.extend(names);
        assert!(rule["for"].as_str().is_some(), "{name} has no `for`");
        assert!(["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{name}");
        for text in ["summary", "description"] {
            assert!(
                rule["annotations"][text].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {text}"
            );
        }
    }
    // Every metric is watched by a rule, but for those that are for reading along.
    for metric in Metric::ALL.iter().filter(|metric| !matches!(metric, Metric::PublishBytes | Metric::Hosts))
    {
        assert!(watched.iter().any(|name| name.starts_with(metric.name())), "{}", metric.name());
    }
}

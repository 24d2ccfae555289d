//! Sums: counters and histograms by their labels, which can be added to, merged in any order, and carried as JSON. Pure;
//! filled by [`super`], merged by the object, written by [`super::exposition`].

use super::names::{Kind, Metric};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The upper ends of the buckets of a time, in milliseconds: from an empty publish to one of hours.
pub(crate) const BUCKETS_MS: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000];

/// One more bucket than ends: what is longer than all.
const BUCKETS: usize = BUCKETS_MS.len() + 1;

/// A metric with its labels' values.
pub(crate) type Series = (Metric, Vec<String>);

/// How often a thing took how long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Histogram {
    /// How many fell into each bucket, and into no earlier one.
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) sum_ms: u64,
}

impl Histogram {
    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, bucket| sum.saturating_add(*bucket))
    }

    fn observe(&mut self, ms: u64) {
        let at = BUCKETS_MS.iter().position(|end| ms <= *end).unwrap_or(BUCKETS_MS.len());
        if let Some(bucket) = self.buckets.get_mut(at) {
            *bucket = bucket.saturating_add(1);
        }
        self.sum_ms = self.sum_ms.saturating_add(ms);
    }

    fn merge(&mut self, other: &Self) {
        for (own, more) in self.buckets.iter_mut().zip(other.buckets) {
            *own = own.saturating_add(more);
        }
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
    }
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counters {
    counts: BTreeMap<Series, u64>,
    histograms: BTreeMap<Series, Histogram>,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Self { counts: BTreeMap::new(), histograms: BTreeMap::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.histograms.is_empty()
    }

    /// Adds to a counter. `labels` are the values of the metric's labels, each from a set that is small and known: whoever
    /// calls this sees to it that nobody outside can make up another.
    pub(crate) fn add(&mut self, metric: Metric, labels: &[&str], amount: u64) {
        debug_assert_eq!((metric.kind(), metric.labels().len()), (Kind::Counter, labels.len()), "{metric:?}");
        let count = self.counts.entry(series(metric, labels)).or_default();
        *count = count.saturating_add(amount);
    }

    /// Counts a time in a histogram.
    pub(crate) fn observe(&mut self, metric: Metric, labels: &[&str], ms: u64) {
        debug_assert_eq!(
            (metric.kind(), metric.labels().len()),
            (Kind::Histogram, labels.len()),
            "{metric:?}"
        );
        self.histograms.entry(series(metric, labels)).or_default().observe(ms);
    }

    /// Adds all of another.
    pub(crate) fn merge(&mut self, other: Self) {
        for (series, amount) in other.counts {
            let count = self.counts.entry(series).or_default();
            *count = count.saturating_add(amount);
        }
        for (series, histogram) in other.histograms {
            self.histograms.entry(series).or_default().merge(&histogram);
        }
    }

    /// The counters of a metric, by the values of its labels.
    pub(crate) fn counts_of(&self, metric: Metric) -> impl Iterator<Item = (&[String], u64)> {
        let of = self.counts.iter().filter(move |((own, _), _)| *own == metric);
        of.map(|((_, labels), count)| (labels.as_slice(), *count))
    }

    /// The histograms of a metric, by the values of its labels.
    pub(crate) fn histograms_of(&self, metric: Metric) -> impl Iterator<Item = (&[String], &Histogram)> {
        let of = self.histograms.iter().filter(move |((own, _), _)| *own == metric);
        of.map(|((_, labels), histogram)| (labels.as_slice(), histogram))
    }

    /// As JSON, to be carried and kept.
    pub(crate) fn to_json(&self) -> String {
        let written = Written {
            counts: self
                .counts
                .iter()
                .map(|((metric, labels), count)| (metric.name().into(), labels.clone(), *count))
                .collect(),
            histograms: self
                .histograms
                .iter()
                .map(|((metric, labels), histogram)| {
                    (metric.name().into(), labels.clone(), histogram.buckets.to_vec(), histogram.sum_ms)
                })
                .collect(),
        };
        // Texts, numbers and lists: there is nothing in it that JSON cannot say.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote. What it does not know is left out: while a deployment goes on, two versions count
    /// into one object, and neither may stop the other.
    pub(crate) fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        let written: Written = serde_json::from_str(json)?;
        let fits = |metric: &Metric, kind: Kind, labels: &[String]| {
            metric.kind() == kind && metric.labels().len() == labels.len()
        };
        let counts = written.counts.into_iter().filter_map(|(name, labels, count)| {
            let metric = Metric::named(&name).filter(|metric| fits(metric, Kind::Counter, &labels))?;
            Some(((metric, labels), count))
        });
        let histograms = written.histograms.into_iter().filter_map(|(name, labels, buckets, sum_ms)| {
            let metric = Metric::named(&name).filter(|metric| fits(metric, Kind::Histogram, &labels))?;
            Some(((metric, labels), Histogram { buckets: buckets.try_into().ok()?, sum_ms }))
        });
        Ok(Self { counts: counts.collect(), histograms: histograms.collect() })
    }
}

fn series(metric: Metric, labels: &[&str]) -> Series {
    (metric, labels.iter().map(ToString::to_string).collect())
}

/// The JSON of [`Counters`]: lists, because objects have texts alone for keys.
#[derive(Serialize, Deserialize)]
struct Written {
    counts: Vec<(String, Vec<String>, u64)>,
    histograms: Vec<(String, Vec<String>, Vec<u64>, u64)>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any counters, with labels of any characters.
    pub(crate) fn any_counters() -> impl Strategy<Value = Counters> {
        let label = ".{0,6}|[\\\\\"\n{},= ]{1,4}";
        let counted = (label, label, label, 0u64..1 << 60);
        (prop::collection::vec(counted, 0..8), prop::collection::vec(0u64..10_000_000, 0..8)).prop_map(
            |(counts, times)| {
                let mut counters = Counters::new();
                for (a, b, c, amount) in counts {
                    counters.add(Metric::GatewayAnswers, &[&a, &b, &c], amount);
                    counters.add(Metric::ViewerErrors, &[&a], amount % 7);
                    counters.add(Metric::PublishBytes, &[], amount);
                }
                for ms in times {
                    counters.observe(Metric::PublishSeconds, &[], ms);
                }
                counters
            },
        )
    }

    #[test]
    fn times_fall_into_their_buckets() {
        let mut histogram = Histogram::default();
        for ms in [0, 100, 101, 7_200_000, 7_200_001] {
            histogram.observe(ms);
        }
        assert_eq!(histogram.buckets, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((histogram.count(), histogram.sum_ms), (5, 14_400_202));
        assert!(BUCKETS_MS.is_sorted());
    }

    #[test]
    fn what_another_version_counts_is_left_out() {
        let json = r#"{"counts":[["vitrine_viewer_errors_total",["corrupt"],2],["vitrine_of_tomorrow_total",[],1],
            ["vitrine_viewer_errors_total",["a","b"],1],["vitrine_jobs",["queued"],1]],
            "histograms":[["vitrine_publish_seconds",[],[1,2],3]],"later":1}"#;
        let mut expected = Counters::new();
        expected.add(Metric::ViewerErrors, &["corrupt"], 2);
        assert_eq!(Counters::from_json(json).unwrap(), expected);
        for bad in ["", "{}", "[]", r#"{"counts":[["x",[],-1]],"histograms":[]}"#] {
            assert!(Counters::from_json(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sums_stop_at_their_end() {
        let mut counters = Counters::new();
        counters.add(Metric::PublishBytes, &[], u64::MAX);
        counters.add(Metric::PublishBytes, &[], 1);
        assert_eq!(counters.counts_of(Metric::PublishBytes).next().unwrap().1, u64::MAX);
    }

    proptest! {
        #[test]
        fn json_says_all_of_it(counters in any_counters()) {
            prop_assert_eq!(Counters::from_json(&counters.to_json()).unwrap(), counters);
        }

        /// It does not matter which isolate comes first.
        #[test]
        fn merging_has_no_order(a in any_counters(), b in any_counters(), c in any_counters()) {
            let merged = |all: [&Counters; 3]| all.into_iter().fold(Counters::new(), |mut sum, one| {
                sum.merge(one.clone());
                sum
            });
            let sum = merged([&a, &b, &c]);
            prop_assert_eq!(&merged([&c, &a, &b]), &sum);
            let mut later = b.clone();
            later.merge(c);
            let mut sum_later = a.clone();
            sum_later.merge(later);
            prop_assert_eq!(sum_later, sum);
            let mut same = a.clone();
            same.merge(Counters::new());
            prop_assert_eq!(same, a);
        }
    }
}

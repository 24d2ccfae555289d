//! Prometheus' text format, version 0.0.4 (its documentation: "Exposition formats"). Pure; called with what the object has
//! summed up and with the gauges that the control API reads from D1 at that moment.

use super::counters::{BUCKETS_MS, Counters, Histogram};
use super::names::{Kind, Metric};
use std::fmt::Write as _;

/// A metric that is what it is at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gauge {
    pub(crate) metric: Metric,
    /// The values of its labels.
    pub(crate) labels: Vec<String>,
    pub(crate) value: u64,
}

/// Writes everything.
pub(crate) fn render(counters: &Counters, gauges: &[Gauge]) -> String {
    let mut out = String::new();
    for metric in Metric::ALL.iter().copied() {
        let (name, kind) = (metric.name(), type_of(metric.kind()));
        let help = metric.help().replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        match metric.kind() {
            Kind::Counter => counts(metric, counters, &mut out),
            Kind::Histogram => histograms(metric, counters, &mut out),
            Kind::Gauge => {
                for gauge in gauges.iter().filter(|gauge| gauge.metric == metric) {
                    sample(&mut out, name, &pairs(metric, &gauge.labels), gauge.value);
                }
            }
        }
    }
    out
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Histogram => "histogram",
        Kind::Gauge => "gauge",
    }
}

fn counts(metric: Metric, counters: &Counters, out: &mut String) {
    for (labels, count) in counters.counts_of(metric) {
        sample(out, metric.name(), &pairs(metric, labels), count);
    }
    // A counter that appears with its first event has no increase for Prometheus to see: one without labels starts at 0.
    if metric.labels().is_empty() && counters.counts_of(metric).next().is_none() {
        sample(out, metric.name(), &[], 0);
    }
}

fn histograms(metric: Metric, counters: &Counters, out: &mut String) {
    for (labels, histogram) in counters.histograms_of(metric) {
        one_histogram(metric, &pairs(metric, labels), histogram, out);
    }
    if metric.labels().is_empty() && counters.histograms_of(metric).next().is_none() {
        one_histogram(metric, &[], &Histogram::default(), out);
    }
}

fn one_histogram(metric: Metric, pairs: &[(&str, &str)], histogram: &Histogram, out: &mut String) {
    let name = metric.name();
    let mut upto = 0_u64;
    for (end, bucket) in BUCKETS_MS.iter().map(|ms| seconds(*ms)).zip(histogram.buckets) {
        upto = upto.saturating_add(bucket);
        sample(out, &format!("{name}_bucket"), &[pairs, &[("le", end.as_str())]].concat(), upto);
    }
    sample(out, &format!("{name}_bucket"), &[pairs, &[("le", "+Inf")]].concat(), histogram.count());
    sample(out, &format!("{name}_sum"), pairs, seconds(histogram.sum_ms));
    sample(out, &format!("{name}_count"), pairs, histogram.count());
}

/// Milliseconds as seconds, exactly: a floating point number would round long sums.
fn seconds(ms: u64) -> String {
    let (whole, part) = (ms / 1000, ms % 1000);
    let text = format!("{whole}.{part:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn pairs(metric: Metric, values: &[String]) -> Vec<(&'static str, &str)> {
    metric.labels().iter().copied().zip(values.iter().map(String::as_str)).collect()
}

fn sample(out: &mut String, name: &str, pairs: &[(&str, &str)], value: impl std::fmt::Display) {
    out.push_str(name);
    for (at, (label, value)) in pairs.iter().enumerate() {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let before = if at == 0 { '{' } else { ',' };
        let _ = write!(out, "{before}{label}=\"{value}\"");
    }
    let after = if pairs.is_empty() { "" } else { "}" };
    let _ = writeln!(out, "{after} {value}");
}

#[cfg(test)]
mod tests;

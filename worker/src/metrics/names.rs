//! What there is to count: names, labels and words of each metric, in one table. Prometheus' names are a contract with the
//! dashboards and alerts that people build on them (`docs/operations/alerts.yml`): they are added to, not changed.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows.
    Counter,
    /// Counts in buckets of a size.
    Histogram,
    /// Is what it is when it is looked at.
    Gauge,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        /// A metric.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Metric {
            $($(#[$doc])* $variant,)*
        }

        impl Metric {
            /// All of them, in the order in which they are written.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name for Prometheus.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(crate) fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }

            /// The names of its labels, in the order in which their values come.
            pub(crate) fn labels(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($label),*],)* }
            }

            /// What it is, in a sentence.
            pub(crate) fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

metrics! {
    /// Counted by `edge::entry`.
    GatewayAnswers Counter "vitrine_gateway_answers_total" ["origin", "route", "status"]
        "Answers of the share and frame origins, by route and HTTP status.";
    /// Counted by `edge::entry`.
    ApiAnswers Counter "vitrine_api_answers_total" ["call", "status"]
        "Answers of the control API, by call and HTTP status.";
    /// See [`super::publish_finished`].
    PublishSeconds Histogram "vitrine_publish_seconds" []
        "How long publishes took that became visible, from their ticket to their commit.";
    PublishBytes Counter "vitrine_publish_bytes_total" []
        "Bytes of the snapshots that became visible.";
    /// See [`super::publish_failed`].
    PublishFailures Counter "vitrine_publish_failures_total" ["cause"]
        "Publishes that ended without becoming visible, by the error's code.";
    /// See [`super::viewer_failed`].
    ViewerErrors Counter "vitrine_viewer_errors_total" ["code"]
        "What the viewer could not show, as its beacons say.";
    /// See [`super::mismatched`].
    Mismatches Counter "vitrine_hash_mismatches_total" ["what"]
        "Objects of the bucket whose bytes do not have the hash that they are known by.";
    /// From D1, when it is asked for.
    Jobs Gauge "vitrine_jobs" ["state"]
        "Jobs, by state.";
    Hosts Gauge "vitrine_hosts" ["state"]
        "Hosts, by state.";
    HostSeen Gauge "vitrine_host_seen_seconds" ["host"]
        "Seconds since a host that should be there was last heard of.";
}

impl Metric {
    /// The metric of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions() {
        for metric in Metric::ALL {
            let name = metric.name();
            let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
            assert!(name.starts_with("vitrine_") && plain(name), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind() == Kind::Counter, "{name}");
            assert!(metric.labels().iter().all(|label| plain(label) && *label != "le"), "{name}");
            assert!(metric.help().ends_with('.'), "{name}");
            assert_eq!(Metric::named(name), Some(*metric));
        }
    }
}

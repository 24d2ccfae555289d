//! Preconditions (RFC 9110 section 13), decided in the order of section 13.2.2. Pure: R2's own conditional logic compares
//! one tag, knows no weak tags or lists, and cannot tell 304 from 412. Called by `data` and `content`.

use super::Ask;
use std::time::{Duration, SystemTime};

/// What identifies this version of a content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Validators<'a> {
    /// A strong entity tag, quotes included.
    pub(crate) etag: &'a str,
    /// When the content was last modified, in whole seconds since the epoch; absent where nothing says so.
    pub(crate) last_modified: Option<i64>,
}

/// What the preconditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go on; whether the range applies.
    Proceed { range_applies: bool },
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client believes.
    Failed,
}

/// Decides the preconditions of a GET or HEAD.
pub(crate) fn evaluate(ask: &Ask, validators: Validators<'_>) -> Verdict {
    let unmodified_since = |since: i64| validators.last_modified.is_none_or(|modified| modified <= since);
    // Steps 1 and 2. A date that is not one, or nothing to compare it with, counts for nothing (13.1.4).
    let holds = match (&ask.if_match, &ask.if_unmodified_since) {
        (Some(list), _) => list.trim() == "*" || tags(list).any(|tag| tag == validators.etag),
        (None, Some(date)) => date_of(date).is_none_or(unmodified_since),
        (None, None) => true,
    };
    if !holds {
        return Verdict::Failed;
    }
    // Steps 3 and 4.
    let has_it = match (&ask.if_none_match, &ask.if_modified_since) {
        (Some(list), _) => list.trim() == "*" || tags(list).any(|tag| opaque(tag) == opaque(validators.etag)),
        (None, Some(date)) => date_of(date)
            .is_some_and(|since| validators.last_modified.is_some_and(|modified| modified <= since)),
        (None, None) => false,
    };
    if has_it {
        return Verdict::NotModified;
    }
    // Step 5. A date must be exactly the one that was sent (13.1.5).
    let range_applies = match &ask.if_range {
        None => true,
        // Not any `W`: a date may be a Wednesday.
        Some(value) if opaque(value.trim()).starts_with('"') => value.trim() == validators.etag,
        Some(value) => date_of(value).is_some_and(|date| validators.last_modified == Some(date)),
    };
    Verdict::Proceed { range_applies }
}

/// Seconds since the epoch of an HTTP date in any of its three forms (section 5.6.7).
fn date_of(text: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(text.trim()).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// The `Last-Modified` of a time; `None` for one that the format cannot say (before 1970, after 9999).
pub(crate) fn http_date(seconds: i64) -> Option<String> {
    const YEAR_10000: u64 = 253_402_300_800;
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds < YEAR_10000)?;
    Some(httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Splits a list of entity tags. A comma may stand inside the quotes of a tag; what is not a tag ends the list.
fn tags(header: &str) -> impl Iterator<Item = &str> {
    let mut rest = header;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let start = if rest.starts_with("W/\"") { 3 } else { 1 };
        if !opaque(rest).starts_with('"') {
            return None;
        }
        let end = start + rest.get(start..)?.find('"')? + 1;
        let (tag, after) = rest.split_at(end);
        rest = after;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: &str = "Sat, 29 Oct 1994 19:43:30 GMT";
    const SAME: &str = "Sat, 29 Oct 1994 19:43:31 GMT";
    const NEW: &str = "Sat, 29 Oct 1994 19:43:32 GMT";
    const MODIFIED: i64 = 783_459_811;

    const TAGS: &[&str] = &["*", "\"a\"", "W/\"a\"", "\"b\"", "\"b\", \"a\"", "W/\"b\"", "", "a"];
    const DATES: &[&str] = &[OLD, SAME, NEW, "yesterday", ""];

    const GO: Verdict = Verdict::Proceed { range_applies: true };
    const WHOLE: Verdict = Verdict::Proceed { range_applies: false };

    /// One header's name and value a word.
    fn verdict(headers: &[(&str, &str)]) -> Verdict {
        let mut ask = Ask::default();
        for (name, value) in headers {
            let field = match *name {
                "match" => &mut ask.if_match,
                "none" => &mut ask.if_none_match,
                "modified" => &mut ask.if_modified_since,
                "unmodified" => &mut ask.if_unmodified_since,
                "range" => &mut ask.if_range,
                other => panic!("{other}"),
            };
            *field = Some((*value).to_owned());
        }
        evaluate(&ask, Validators { etag: "\"a\"", last_modified: Some(MODIFIED) })
    }

    #[test]
    fn each_alone() {
        for (name, value, expected) in [
            ("match", "\"a\"", GO),
            ("match", "*", GO),
            ("match", "\"b\", \"a\"", GO),
            ("match", "\"b\"", Verdict::Failed),
            ("match", "W/\"a\"", Verdict::Failed),
            ("match", "", Verdict::Failed),
            ("match", "a", Verdict::Failed),
            ("none", "\"a\"", Verdict::NotModified),
            ("none", "W/\"a\"", Verdict::NotModified),
            ("none", "*", Verdict::NotModified),
            ("none", " , \"x,y\" ,W/\"a\"", Verdict::NotModified),
            ("none", "\"b\"", GO),
            ("none", "\"A\"", GO),
            ("none", "a", GO),
            ("none", "\"a", GO),
            ("none", "w/\"a\"", GO),
            ("modified", OLD, GO),
            ("modified", SAME, Verdict::NotModified),
            ("modified", NEW, Verdict::NotModified),
            ("modified", "Saturday, 29-Oct-94 19:43:31 GMT", Verdict::NotModified),
            ("modified", "Sat Oct 29 19:43:31 1994", Verdict::NotModified),
            ("modified", "yesterday", GO),
            ("modified", "0", GO),
            ("unmodified", OLD, Verdict::Failed),
            ("unmodified", SAME, GO),
            ("unmodified", NEW, GO),
            ("unmodified", "yesterday", GO),
            ("range", "\"a\"", GO),
            ("range", "W/\"a\"", WHOLE),
            ("range", "\"b\"", WHOLE),
            ("range", "\"a\", \"b\"", WHOLE),
            ("range", SAME, GO),
            ("range", OLD, WHOLE),
            ("range", NEW, WHOLE),
            ("range", "yesterday", WHOLE),
        ] {
            assert_eq!(verdict(&[(name, value)]), expected, "{name}: {value}");
        }
        assert_eq!(verdict(&[]), GO);
    }

    #[test]
    fn a_date_of_any_day_is_a_date() {
        for day in 0..7 {
            let modified = MODIFIED + day * 86_400;
            let date = http_date(modified);
            let ask = Ask { if_range: date.clone(), ..Ask::default() };
            let verdict = evaluate(&ask, Validators { etag: "\"a\"", last_modified: Some(modified) });
            assert_eq!(verdict, GO, "{date:?}");
        }
    }

    #[test]
    fn together_in_their_order() {
        for (headers, expected) in [
            // If-Match wins over If-Unmodified-Since, true or false.
            (&[("match", "\"a\""), ("unmodified", OLD)][..], GO),
            (&[("match", "\"b\""), ("unmodified", NEW)], Verdict::Failed),
            // If-None-Match wins over If-Modified-Since.
            (&[("none", "\"b\""), ("modified", NEW)], GO),
            (&[("none", "\"a\""), ("modified", OLD)], Verdict::NotModified),
            // 412 comes before 304.
            (&[("match", "\"b\""), ("none", "\"a\"")], Verdict::Failed),
            (&[("match", "\"a\""), ("none", "\"a\"")], Verdict::NotModified),
            (&[("unmodified", OLD), ("modified", NEW)], Verdict::Failed),
            // 304 comes before If-Range.
            (&[("none", "\"a\""), ("range", "\"b\"")], Verdict::NotModified),
            (&[("match", "*"), ("range", "\"b\"")], WHOLE),
        ] {
            assert_eq!(verdict(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn without_a_date_dates_count_for_nothing() {
        let ask = |field: fn(&mut Ask) -> &mut Option<String>| {
            let mut ask = Ask::default();
            *field(&mut ask) = Some(SAME.into());
            evaluate(&ask, Validators { etag: "\"a\"", last_modified: None })
        };
        assert_eq!(ask(|a| &mut a.if_modified_since), GO);
        assert_eq!(ask(|a| &mut a.if_unmodified_since), GO);
        assert_eq!(ask(|a| &mut a.if_range), WHOLE);
    }

    #[test]
    fn dates_round_trip_within_what_the_format_can_say() {
        assert_eq!(http_date(MODIFIED).as_deref(), Some(SAME));
        assert_eq!(date_of(SAME), Some(MODIFIED));
        for beyond in [-1, i64::MIN, i64::MAX, 253_402_300_800] {
            assert_eq!(http_date(beyond), None);
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(text in "[\"W/, a*é]{0,30}|.{0,40}") {
            for name in ["match", "none", "modified", "unmodified", "range"] {
                verdict(&[(name, &text)]);
            }
        }

        /// Against section 13.2.2 written out as it stands there, over every combination of headers that are there or not.
        #[test]
        fn any_headers_together_are_decided_as_the_section_says(
            if_match in prop::option::of(prop::sample::select(TAGS)),
            if_none_match in prop::option::of(prop::sample::select(TAGS)),
            if_modified_since in prop::option::of(prop::sample::select(DATES)),
            if_unmodified_since in prop::option::of(prop::sample::select(DATES)),
            if_range in prop::option::of(prop::sample::select([TAGS, DATES].concat())),
            last_modified in prop::option::of(Just(MODIFIED)),
        ) {
            let own = |header: Option<&str>| header.map(str::to_owned);
            let ask = Ask {
                if_match: own(if_match),
                if_none_match: own(if_none_match),
                if_modified_since: own(if_modified_since),
                if_unmodified_since: own(if_unmodified_since),
                if_range: own(if_range),
                ..Ask::default()
            };
            let verdict = evaluate(&ask, Validators { etag: "\"a\"", last_modified });

            // What each value is worth, by hand.
            let strong = |value: &str| ["*", "\"a\"", "\"b\", \"a\""].contains(&value);
            let weak = |value: &str| strong(value) || value == "W/\"a\"";
            let date = |value: &str| [(OLD, MODIFIED - 1), (SAME, MODIFIED), (NEW, MODIFIED + 1)].into_iter().find(|(text, _)| *text == value).map(|(_, at)| at);
            let mut expected = None;
            // 1. If-Match. 2. If-Unmodified-Since, when there is no If-Match.
            if let Some(value) = if_match {
                if !strong(value) { expected = Some(Verdict::Failed); }
            } else if let (Some(at), Some(modified)) = (if_unmodified_since.and_then(date), last_modified)
                && modified > at
            {
                expected = Some(Verdict::Failed);
            }
            // 3. If-None-Match. 4. If-Modified-Since, when there is no If-None-Match.
            if expected.is_none() {
                if let Some(value) = if_none_match {
                    if weak(value) { expected = Some(Verdict::NotModified); }
                } else if let (Some(at), Some(modified)) = (if_modified_since.and_then(date), last_modified)
                    && modified <= at
                {
                    expected = Some(Verdict::NotModified);
                }
            }
            // 5. If-Range: a strong tag that is the same, or exactly the date.
            let expected = expected.unwrap_or_else(|| Verdict::Proceed {
                range_applies: if_range.is_none_or(|value| value == "\"a\"" || (date(value).is_some() && date(value) == last_modified)),
            });
            prop_assert_eq!(verdict, expected);
        }

        /// A plain reading of lists of well-formed tags: split where a quote is closed.
        #[test]
        fn lists_are_read_as_written(list in prop::collection::vec(("(W/)?", "[ab,]{0,2}"), 0..5)) {
            let text = list.iter().map(|(weak, tag)| format!("{weak}\"{tag}\"")).collect::<Vec<_>>().join(", ");
            let strong = list.iter().any(|(weak, tag)| weak.is_empty() && tag == "a");
            let any = list.iter().any(|(_, tag)| tag == "a");
            let expect_match = if strong { GO } else { Verdict::Failed };
            prop_assert_eq!(verdict(&[("match", &text)]), expect_match);
            let expect_none = if any { Verdict::NotModified } else { GO };
            prop_assert_eq!(verdict(&[("none", &text)]), expect_none);
        }
    }
}

//! Stars and views against plain sets, across days, and what is left of a reader.

use super::*;
use crate::sql::native::Native;
use proptest::prelude::*;
use std::collections::HashSet;

const NOON: i64 = 20_000 * DAY_MS + DAY_MS / 2;

fn user(name: &str) -> Reader {
    Reader::User(name.into())
}

fn anonymous(address: &str, agent: &str) -> Reader {
    Reader::Anonymous { address: address.into(), agent: agent.into() }
}

fn views(audience: &Audience<'_, Native>) -> u64 {
    audience.counters(None).unwrap().views
}

fn rows(table: &Native, of: &str) -> i64 {
    table.one(&format!("SELECT COUNT(*) AS n FROM {of}"), &[]).unwrap().integer("n").unwrap()
}

#[test]
fn a_user_has_one_star_and_may_take_it_back() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    for (user, starred, stars) in
        [("a", true, 1), ("a", true, 1), ("b", true, 2), ("a", false, 1), ("a", false, 1), ("c", false, 1)]
    {
        let counters = audience.star(user, starred).unwrap();
        assert_eq!(counters, Counters { stars, views: 0, starred }, "{user} {starred}");
    }
    // Opened again, as after the object has slept.
    let audience = Audience::open(&table).unwrap();
    assert!(audience.counters(Some("b")).unwrap().starred);
    assert!(!audience.counters(Some("a")).unwrap().starred);
    assert_eq!(audience.counters(None).unwrap(), Counters { stars: 1, views: 0, starred: false });
}

#[test]
fn a_reader_is_counted_once_a_day() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    let view = |reader: &Reader, now| audience.view(reader, now).unwrap();
    assert!(view(&user("a"), NOON));
    assert!(!view(&user("a"), NOON + DAY_MS / 2 - 1), "the last millisecond of the day");
    assert!(view(&user("a"), NOON + DAY_MS / 2), "the first of the next");
    assert!(view(&anonymous("10.0.0.1", "x"), NOON + DAY_MS));
    assert!(view(&anonymous("10.0.0.1", "y"), NOON + DAY_MS));
    assert!(view(&anonymous("10.0.0.2", "x"), NOON + DAY_MS));
    assert!(!view(&anonymous("10.0.0.2", "x"), NOON + DAY_MS));
    // The clock goes back over midnight: still the later day.
    assert!(!view(&user("a"), NOON));
    assert_eq!(views(&audience), 5);
}

#[test]
fn readers_who_look_alike_are_not_one() {
    let readers = [
        user("a"),
        anonymous("a", ""),
        anonymous("", "a"),
        anonymous("ab", "c"),
        anonymous("a", "bc"),
        user("anonymous"),
    ];
    let texts: HashSet<String> = readers.iter().map(Reader::text).collect();
    assert_eq!(texts.len(), readers.len());
}

#[test]
fn a_day_that_is_over_leaves_its_number() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    assert_eq!(audience.close(NOON).unwrap(), None, "nothing was counted");
    audience.view(&user("a"), NOON).unwrap();
    audience.view(&user("b"), NOON).unwrap();
    let salt =
        |table: &Native| table.one("SELECT salt FROM view_day", &[]).unwrap().blob("salt").unwrap().to_vec();
    let first = salt(&table);
    let midnight = NOON + DAY_MS / 2;
    assert_eq!(audience.close(NOON).unwrap(), Some(midnight));
    assert_eq!(rows(&table, "view_reader"), 2, "the day goes on");
    assert_eq!(audience.close(midnight).unwrap(), None);
    assert_eq!(rows(&table, "view_reader"), 0);
    assert_ne!(salt(&table), first);
    assert_eq!(views(&audience), 2);
    assert!(audience.view(&user("a"), midnight).unwrap());
    assert_eq!(views(&audience), 3);
    assert_eq!(rows(&table, "view_day"), 1);
}

#[test]
fn nothing_of_a_reader_is_stored_and_no_two_days_compare() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    let reader = anonymous("203.0.113.77", "Browser/1.0");
    let key = |now| {
        audience.view(&reader, now).unwrap();
        let row = table.one("SELECT key FROM view_reader", &[]).unwrap();
        row.blob("key").unwrap().to_vec()
    };
    let (one, other) = (key(NOON), key(NOON + DAY_MS));
    assert_eq!(one.len(), KEY_BYTES);
    assert_ne!(one, other);
}

#[test]
fn a_delete_that_failed_counts_nothing_twice() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    audience.view(&user("a"), NOON).unwrap();
    let old = table.one("SELECT day, key FROM view_reader", &[]).unwrap();
    audience.view(&user("b"), NOON + DAY_MS).unwrap();
    // As if the rows of the first day had stayed.
    let values = [old.get("day").unwrap().clone(), old.get("key").unwrap().clone()];
    table.run("INSERT INTO view_reader (day, number, key) VALUES (?, 1, ?)", &values).unwrap();
    assert_eq!(views(&audience), 2);
    assert!(audience.close(NOON + 2 * DAY_MS).unwrap().is_none());
    assert_eq!((views(&audience), rows(&table, "view_reader")), (2, 0));
}

#[test]
fn a_full_day_counts_no_more_and_the_next_one_does() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    audience.view(&user("a"), NOON).unwrap();
    table.run("UPDATE view_reader SET number = ?", &[READERS_MAX.into()]).unwrap();
    assert!(!audience.view(&user("b"), NOON).unwrap());
    assert_eq!(rows(&table, "view_reader"), 1);
    assert!(audience.view(&user("b"), NOON + DAY_MS).unwrap());
    assert_eq!(views(&audience), u64::try_from(READERS_MAX).unwrap() + 1);
}

#[test]
fn a_thousand_readers_in_any_order_lose_nothing() {
    let table = Native::new();
    let audience = Audience::open(&table).unwrap();
    // 7919 is prime to 3000: each of a thousand readers comes three times, all mixed.
    let counted = (0..3000).map(|n| n * 7919 % 3000 % 1000).filter(|n| {
        let name = format!("reader-{n}");
        audience.star(&name, true).unwrap();
        audience.view(&user(&name), NOON).unwrap()
    });
    assert_eq!(counted.count(), 1000);
    assert_eq!(audience.counters(None).unwrap(), Counters { stars: 1000, views: 1000, starred: false });
}

#[derive(Debug, Clone)]
enum Step {
    Star(u8, bool),
    View(u8),
    Close,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u8..4, any::<bool>()).prop_map(|(user, starred)| Step::Star(user, starred)),
        (0u8..6).prop_map(Step::View),
        Just(Step::Close),
        // Mostly on, sometimes back.
        (-1i64..4).prop_map(|quarters| Step::Wait(quarters * DAY_MS / 4)),
    ]
}

proptest! {
    /// Any steps, any clock: the counters are what plain sets say, and no row outlives its day.
    #[test]
    fn the_counters_are_those_of_plain_sets(steps in prop::collection::vec(step(), 0..60)) {
        let table = Native::new();
        let audience = Audience::open(&table).unwrap();
        let (mut now, mut day) = (NOON, i64::MIN);
        let (mut stars, mut seen) = (HashSet::new(), HashSet::new());
        for step in steps {
            match step {
                Step::Star(user, starred) => {
                    if starred { stars.insert(user) } else { stars.remove(&user) };
                    let counters = audience.star(&user.to_string(), starred).unwrap();
                    prop_assert_eq!(counters.starred, starred);
                }
                Step::View(reader) => {
                    day = day.max(now.div_euclid(DAY_MS));
                    let new = seen.insert((day, reader));
                    prop_assert_eq!(audience.view(&user(&reader.to_string()), now).unwrap(), new);
                }
                Step::Close => {
                    if rows(&table, "view_reader") > 0 {
                        day = day.max(now.div_euclid(DAY_MS));
                    }
                    let again = audience.close(now).unwrap();
                    prop_assert_eq!(again.is_some(), rows(&table, "view_reader") > 0);
                    prop_assert!(again.is_none_or(|again| again > now));
                }
                Step::Wait(time) => now += time,
            }
            let counters = audience.counters(None).unwrap();
            prop_assert_eq!((counters.stars, counters.views), (stars.len() as u64, seen.len() as u64));
            let today = seen.iter().filter(|(of, _)| *of == day).count();
            prop_assert_eq!(rows(&table, "view_reader"), i64::try_from(today).unwrap());
        }
    }
}

//! Sizes, counts and times as people read them. Pure; every page calls it.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Says a number of bytes in decimal units with at most three digits, as file managers do.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let bytes = u128::from(bytes);
    let mut scale = 1000;
    for unit in UNITS {
        let tenths = (bytes * 10 + scale / 2) / scale;
        let whole = (bytes + scale / 2) / scale;
        match tenths {
            0..1000 if tenths % 10 != 0 => return format!("{}.{} {unit}", tenths / 10, tenths % 10),
            _ if whole < 1000 => return format!("{whole} {unit}"),
            _ => scale *= 1000,
        }
    }
    format!("{bytes} B")
}

/// Writes a number with thin spaces between its thousands.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// Writes a number and its noun: `1 file`, `2 files`.
pub fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// One moment split into its calendar parts.
struct Civil {
    year: i64,
    month: usize,
    day: i64,
    minute_of_day: i64,
}

/// Splits milliseconds since the epoch, seen from a clock `offset_minutes` ahead of UTC (Hinnant's `civil_from_days`).
fn civil(unix_ms: i64, offset_minutes: i64) -> Civil {
    let minutes = unix_ms.div_euclid(60_000).saturating_add(offset_minutes);
    let days = minutes.div_euclid(1440) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 2 } else { shifted - 10 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month < 2),
        month: usize::try_from(month).unwrap_or(0),
        day: day_of_year - (153 * shifted + 2) / 5 + 1,
        minute_of_day: minutes.rem_euclid(1440),
    }
}

/// The day alone: `21 Nov 2026`.
pub fn day(unix_ms: i64, offset_minutes: i64) -> String {
    let at = civil(unix_ms, offset_minutes);
    format!("{} {} {}", at.day, MONTHS[at.month], at.year)
}

/// The day and the minute: `21 Nov 2026, 09:37`.
pub fn minute(unix_ms: i64, offset_minutes: i64) -> String {
    let at = civil(unix_ms, offset_minutes);
    format!("{}, {:02}:{:02}", day(unix_ms, offset_minutes), at.minute_of_day / 60, at.minute_of_day % 60)
}

/// The minute in UTC as machines read it, for `<time datetime>`.
pub fn machine(unix_ms: i64) -> String {
    let at = civil(unix_ms, 0);
    let (hour, minute) = (at.minute_of_day / 60, at.minute_of_day % 60);
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}Z", at.year, at.month + 1, at.day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (1234, "1.2 kB"),
            (15_360, "15.4 kB"),
            (99_949, "99.9 kB"),
            (123_456, "123 kB"),
            (999_999, "1 MB"),
            (300_000_000, "300 MB"),
            (1_016_315, "1 MB"),
            (5_368_709_120, "5.4 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(5), "5");
        assert_eq!(number(1234), "1\u{2009}234");
        assert_eq!(number(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(count(1, "file", "files"), "1 file");
    }

    #[test]
    fn days_are_right() {
        for (ms, offset, text) in [
            (0, 0, "1 Jan 1970, 00:00"),
            (951_782_400_000, 0, "29 Feb 2000, 00:00"),
            (1_795_253_849_000, 0, "21 Nov 2026, 09:37"),
            (1_795_253_849_000, 60, "21 Nov 2026, 10:37"),
            (1_795_253_849_000, -600, "20 Nov 2026, 23:37"),
            (-1, 0, "31 Dec 1969, 23:59"),
        ] {
            assert_eq!(minute(ms, offset), text);
        }
        assert_eq!(machine(1_795_253_849_000), "2026-11-21T09:37Z");
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes: u64, ms in -(1i64 << 53)..1i64 << 53, offset in -1000i64..1000) {
            let _ = (size(bytes), number(bytes), minute(ms, offset), machine(ms));
        }
    }
}

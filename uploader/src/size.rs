//! A number of bytes as people write it: `800K`, `2M`, `1.5G`. Read by the command line and by the agent's configuration.

/// Reads a number with an optional fraction and an optional unit of 1024: K, M, G or T, with or without `B` or `iB`.
///
/// `None` for anything else, for less than one byte, and for more than 2^53, past which a fraction would lose bytes.
pub fn parse(text: &str) -> Option<u64> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit() && c != '.') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let power = match unit.trim_start().to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * 1024_f64.powi(power);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 2^53")]
    (1.0..=9_007_199_254_740_992.0).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in
            [("1", 1), ("800K", 800 << 10), ("1.5M", 3 << 19), ("2 GiB", 2 << 30), ("1tb", 1 << 40)]
        {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
        for bad in ["", "0", "-1", "1X", "K", "1e3", "1..2", "99999999T", "NaN", "inf"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

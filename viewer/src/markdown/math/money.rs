//! What dollars mean where two of them stand in a text: a formula between them, or two amounts of money.
//!
//! In files the rules are those of Pandoc and GitHub; in notebooks those of `MathJax`, which takes every pair, but for what
//! can only be an amount, a shell's variable or a range of prices.

/// The characters around a pair of dollars: before the first, between the two, behind the second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) before: Option<char>,
    pub(super) between: &'a str,
    pub(super) behind: Option<char>,
}

impl Pair<'_> {
    /// Whether a formula stands between the dollars. `loosely` by the rules of notebooks.
    pub(super) fn is_formula(self, loosely: bool) -> bool {
        !self.between.trim().is_empty()
            && if loosely { self.is_loose() } else { self.is_strict() }
            && !self.is_money()
            && !self.is_shell()
    }

    fn is_strict(self) -> bool {
        // Scripts without spaces between words set formulas right behind a letter.
        let is_word = |c: char| c.is_alphanumeric() && c < '\u{2e80}' || c == '_';
        !self.before.is_some_and(is_word)
            && !self.between.starts_with(char::is_whitespace)
            && !self.between.ends_with(char::is_whitespace)
            && !self.behind.is_some_and(|c| c.is_ascii_digit())
    }

    fn is_loose(self) -> bool {
        let starts_spaced = self.between.starts_with(char::is_whitespace);
        let ends_spaced = self.between.ends_with(char::is_whitespace);
        // `20$ and 30$`: the dollar stands behind its amount.
        let behind_amount = self.before.is_some_and(|c| c.is_ascii_digit())
            && self.between.starts_with(|c: char| c.is_whitespace() || ",.;:)".contains(c));
        // `$x and $y`: the second dollar opens something, as the first does.
        let opens_again = !starts_spaced && ends_spaced && self.behind.is_some_and(char::is_alphanumeric);
        !behind_amount && !opens_again
    }

    /// An amount, with words or a second amount behind it.
    fn is_money(self) -> bool {
        let text = self.between.trim();
        if text.contains(['\\', '^', '_', '=', '{', '<', '>']) {
            return false;
        }
        let is_amount =
            text.trim_start_matches(['.', '-', '−', '~', '≈']).starts_with(|c: char| c.is_ascii_digit());
        if self.behind.is_some_and(|c| c.is_ascii_digit()) {
            return is_amount
                || self.between.contains(char::is_whitespace)
                || !text.ends_with(char::is_alphanumeric);
        }
        is_amount && (text.ends_with([',', ';', ':']) || text.split_whitespace().skip(1).any(is_word))
    }

    /// `$HOME/$USER`: names that a shell would fill in.
    fn is_shell(self) -> bool {
        let name = self.between.trim_end_matches(['/', ':', '.', '-', ',']);
        self.behind.is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '{')
            && name.len() > 1
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '/')
            && name.chars().any(|c| c.is_ascii_uppercase() || name.len() < self.between.len() || c == '/')
    }
}

fn is_word(text: &str) -> bool {
    let letters = text.trim_matches(|c: char| !c.is_alphanumeric());
    letters.chars().count() >= 2 && letters.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(text: &str, loosely: bool) -> bool {
        let (before, rest) = text.split_once('$').expect("a dollar");
        let (between, behind) = rest.split_once('$').expect("two");
        Pair { before: before.chars().last(), between, behind: behind.chars().next() }.is_formula(loosely)
    }

    #[test]
    fn money_is_no_formula_anywhere() {
        for text in [
            "$5-$10",
            "$15/$20",
            "($3)-($4)",
            "US$5 to US$7",
            "$1,000 and $2,000",
            "$7 and $8.50",
            "costs $5 or 7$",
            "$5 for apples, 3 $ for pears",
            "$HOME and $PATH",
            "$HOME/$USER",
            "20$ and 30$",
            "$0.10 per kWh, 2 kWh for $0.20",
            "between $5M and $7M",
            "$5, $6",
            "A$5, NZ$6",
            "~$5–$6",
        ] {
            assert!(!formula(text, true), "notebook: {text}");
            assert!(!formula(text, false), "file: {text}");
        }
    }

    #[test]
    fn formulas_are_formulas_in_files_and_in_notebooks() {
        for text in [
            "$x$-$y$",
            "$n$th",
            "当$t$时",
            "($y$)",
            "$k$'s",
            "$a$,$b$",
            "$2x$",
            "$10^{-3}$ m",
            "$1$",
            "$x_1 * y_1$",
            "$\\{1, 2\\}$",
            "$x \\text{ for } x > 3$",
            "$5 = 2 + 3$",
            "$3 + 4$",
            "$a +\nb$",
            "$[0, 1)$",
            "$|x|$",
            "$-1$",
        ] {
            assert!(formula(text, true), "notebook: {text}");
            assert!(formula(text, false), "file: {text}");
        }
    }

    #[test]
    fn notebooks_take_spaces_and_letters_before() {
        for text in ["$ e^{i\\pi} + 1 = 0 $ and", "$\\beta $ too", "5$\\mu$m", "$ \\alpha $,", "the$x$"] {
            assert!(formula(text, true), "{text}");
            assert!(!formula(text, false), "{text}");
        }
    }
}

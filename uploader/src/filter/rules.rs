//! What of a folder is published: everything but names that begin with a dot, what `--exclude` names, and what the
//! folder's `.vitrineignore` files name, in gitignore's syntax.
//!
//! The walk asks from the top down, from as many threads as it likes, and does not go into what is left out; so nothing
//! below an excluded folder can be brought back, as in git. `--exclude` overrides the files, a file those of the folders
//! above it, a line those before it. Nothing brings back a dot-name: `!.ssh` has no effect.

use super::pattern::{self, Pattern, PatternError};
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::fmt;
use std::sync::Arc;
use vitrine_protocol::is_hidden_name;

/// The most that is read of a `.vitrineignore`.
pub const IGNORE_FILE_MAX: usize = 1 << 20;
/// The most rules of one file: thousands are a list of files, which a pattern says better.
const RULES_MAX: usize = 10_000;
/// Rules in one automaton; more than one keeps its size from growing out of bounds.
const GROUP_RULES: usize = 256;
/// The largest automaton, in bytes.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// Why there is no filter.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// A pattern of `--exclude` is not one.
    #[error("The pattern `{pattern}` after --exclude cannot be used")]
    BadExclude {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: PatternError,
    },
}

/// A line of a `.vitrineignore` that does not hold. What it was meant to leave out may be published: say so before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRule {
    /// Its number, from 1.
    pub line: usize,
    /// The line, or its beginning, with bytes that are not UTF-8 replaced.
    pub text: String,
    /// What is wrong with it.
    pub problem: PatternError,
}

impl fmt::Display for BadRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, `{}`: {}", self.line, self.text, self.problem)
    }
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is published.
    Publish,
    /// Its name begins with a dot.
    Hidden,
    /// A rule leaves it out.
    Excluded,
}

/// The rules of one place, in order.
#[derive(Debug, Default)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    set: RegexSet,
    rules: Vec<Pattern>,
}

impl Group {
    fn build(rules: &[Pattern]) -> Option<Self> {
        let texts = rules.iter().map(|rule| &rule.regex);
        let set = RegexSetBuilder::new(texts).size_limit(GROUP_BYTES_MAX).build().ok()?;
        Some(Self { set, rules: rules.to_vec() })
    }

    /// What the last rule that matches says: whether to leave it out.
    fn excludes(&self, path: &str, is_dir: bool) -> Option<bool> {
        let matches = self.set.matches(path.as_bytes());
        let mut matching = matches.iter().rev().filter_map(|index| self.rules.get(index));
        matching.find(|rule| is_dir || !rule.only_dir).map(|rule| !rule.negated)
    }
}

impl Rules {
    /// Adds rules; gives back the places of those that are too complex.
    fn build(rules: &[Pattern]) -> (Self, Vec<usize>) {
        let (mut groups, mut complex) = (Vec::new(), Vec::new());
        for (number, some) in rules.chunks(GROUP_RULES).enumerate() {
            if let Some(group) = Group::build(some) {
                groups.push(group);
                continue;
            }
            for (at, rule) in some.iter().enumerate() {
                match Group::build(std::slice::from_ref(rule)) {
                    Some(group) => groups.push(group),
                    None => complex.push(number * GROUP_RULES + at),
                }
            }
        }
        (Self { groups }, complex)
    }

    fn excludes(&self, path: &str, is_dir: bool) -> Option<bool> {
        self.groups.iter().rev().find_map(|group| group.excludes(path, is_dir))
    }
}

/// A folder with rules of its own.
#[derive(Debug)]
struct Level {
    rules: Rules,
    /// How many bytes of a path below the root lead to the folder, its slash included.
    prefix: usize,
    above: Option<Arc<Level>>,
}

/// What the command line says to leave out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    excludes: Arc<Rules>,
}

/// The rules that hold in one folder. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct DirFilter {
    excludes: Arc<Rules>,
    level: Option<Arc<Level>>,
    /// The folder's path below the root: empty, or with a slash at its end.
    path: Arc<str>,
}

impl Filter {
    /// Reads the patterns of `--exclude`; they are relative to the root.
    pub fn new(excludes: &[String]) -> Result<Self, FilterError> {
        let bad = |pattern: &String, source| FilterError::BadExclude { pattern: pattern.clone(), source };
        let read = |text: &String| pattern::parse(text).map_err(|source| bad(text, source));
        let rules = excludes.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let (rules, complex) = Rules::build(&rules);
        if let Some(text) = complex.first().and_then(|at| excludes.get(*at)) {
            return Err(bad(text, PatternError::Complex));
        }
        Ok(Self { excludes: Arc::new(rules) })
    }

    /// The rules of the root, given the content of its `.vitrineignore`, and the lines of that which do not hold.
    pub fn root(&self, vitrineignore: Option<&[u8]>) -> (DirFilter, Vec<BadRule>) {
        let root = DirFilter { excludes: Arc::clone(&self.excludes), level: None, path: Arc::from("") };
        root.with(vitrineignore)
    }
}

impl DirFilter {
    /// The rules of the folder `name` in this one, given the content of its `.vitrineignore`.
    ///
    /// Ask only for folders that are published.
    pub fn child(&self, name: &str, vitrineignore: Option<&[u8]>) -> (Self, Vec<BadRule>) {
        let path = Arc::from(format!("{}{name}/", self.path));
        Self { excludes: Arc::clone(&self.excludes), level: self.level.clone(), path }.with(vitrineignore)
    }

    fn with(mut self, vitrineignore: Option<&[u8]>) -> (Self, Vec<BadRule>) {
        let Some(bytes) = vitrineignore else { return (self, Vec::new()) };
        let (rules, bad) = read_file(bytes);
        if !rules.groups.is_empty() {
            let above = self.level.take();
            self.level = Some(Arc::new(Level { rules, prefix: self.path.len(), above }));
        }
        (self, bad)
    }

    /// What becomes of the entry `name` of this folder.
    pub fn verdict(&self, name: &str, is_dir: bool) -> Verdict {
        if is_hidden_name(name) {
            return Verdict::Hidden;
        }
        if self.level.is_none() && self.excludes.groups.is_empty() {
            return Verdict::Publish;
        }
        let path = format!("{}{name}", self.path);
        match self.excludes.excludes(&path, is_dir).or_else(|| self.files_exclude(&path, is_dir)) {
            Some(true) => Verdict::Excluded,
            Some(false) | None => Verdict::Publish,
        }
    }

    fn files_exclude(&self, path: &str, is_dir: bool) -> Option<bool> {
        let mut next = self.level.as_deref();
        while let Some(level) = next {
            let below = path.get(level.prefix..)?;
            if let Some(excluded) = level.rules.excludes(below, is_dir) {
                return Some(excluded);
            }
            next = level.above.as_deref();
        }
        None
    }
}

/// Reads a `.vitrineignore` as far as it can be read.
fn read_file(bytes: &[u8]) -> (Rules, Vec<BadRule>) {
    let (mut rules, mut lines, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut end = 0;
    for (index, raw) in bytes.split(|byte| *byte == b'\n').enumerate() {
        end += raw.len() + 1;
        let line = raw.strip_suffix(b"\r").unwrap_or(raw);
        let read = match std::str::from_utf8(line) {
            _ if end > IGNORE_FILE_MAX + 1 => Err(PatternError::Beyond("1 MiB")),
            Ok(text) => pattern::parse_line(text),
            Err(_) => Err(PatternError::NotUtf8),
        };
        let found = match read {
            Ok(Some(_)) if rules.len() == RULES_MAX => Err(PatternError::Beyond("10,000 rules")),
            other => other,
        };
        match found {
            Ok(Some(rule)) => {
                rules.push(rule);
                lines.push((index, line));
            }
            Ok(None) => {}
            Err(problem) => {
                let ends = matches!(problem, PatternError::Beyond(_));
                bad.push(bad_rule(index, line, problem));
                // One report stands for all that is not read.
                if ends {
                    break;
                }
            }
        }
    }
    let (rules, complex) = Rules::build(&rules);
    let complex = complex.into_iter().filter_map(|at| lines.get(at));
    bad.extend(complex.map(|(index, line)| bad_rule(*index, line, PatternError::Complex)));
    (rules, bad)
}

fn bad_rule(index: usize, line: &[u8], problem: PatternError) -> BadRule {
    let text = String::from_utf8_lossy(line).chars().take(80).collect();
    BadRule { line: index + 1, text, problem }
}

#[cfg(test)]
#[path = "tests/rules.rs"]
mod tests;

//! What is published: the documented cases of gitignore, the ways a file can be bad, and git itself as the judge.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

fn filter(excludes: &[&str]) -> Filter {
    Filter::new(&excludes.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// What a walk says of a path that ends in `/` when it is a directory, given the files with rules by their folder.
fn walked(filter: &Filter, files: &BTreeMap<&str, String>, path: &str) -> Verdict {
    let at = |folder: &str| files.get(folder).map(String::as_bytes);
    let (mut dir, _) = filter.root(at(""));
    let is_dir = path.ends_with('/');
    let names: Vec<_> = path.trim_end_matches('/').split('/').collect();
    for (depth, name) in names.iter().enumerate() {
        let last = depth + 1 == names.len();
        let verdict = dir.verdict(name, is_dir || !last);
        if last || verdict != Verdict::Publish {
            return verdict;
        }
        dir = dir.child(name, at(&names[..=depth].join("/"))).0;
    }
    Verdict::Publish
}

fn excluded(rules: &str, path: &str) -> bool {
    walked(&filter(&[]), &BTreeMap::from([("", rules.to_owned())]), path) == Verdict::Excluded
}

#[test]
fn the_documented_cases_hold() {
    for (rules, path, expected) in [
        ("hello.*", "hello.txt", true),
        ("hello.*", "a/hello.java", true),
        ("/hello.*", "hello.txt", true),
        ("/hello.*", "a/hello.java", false),
        ("doc/frotz/", "doc/frotz/", true),
        ("doc/frotz/", "a/doc/frotz/", false),
        ("frotz/", "a/b/frotz/", true),
        ("frotz/", "frotz", false),
        ("foo/*", "foo/test.json", true),
        ("foo/*", "foo/bar/hello.c", true),
        ("foo/*", "foo/", false),
        ("*.o\n!keep.o", "keep.o", false),
        ("!keep.o\n*.o", "keep.o", true),
        ("/*\n!/foo\n/foo/*\n!/foo/bar", "foo/bar", false),
        ("/*\n!/foo\n/foo/*\n!/foo/bar", "foo/baz", true),
        ("dir/\n!dir/keep", "dir/keep", true),
        ("**/foo", "a/b/foo", true),
        ("**/foo", "foo", true),
        ("**/foo/bar", "a/foo/bar", true),
        ("abc/**", "abc/x/y", true),
        ("abc/**", "abc/", false),
        ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "ab", false),
        ("a/*/b", "a/x/y/b", false),
        ("**\\/b", "a/x/b", true),
        ("**\\/b", "b", false),
        ("# comment\n\\#file", "#file", true),
        ("# comment", "# comment", false),
        ("\\!odd", "!odd", true),
        ("trail   ", "trail", true),
        ("trail\\ ", "trail ", true),
        ("a[0-9]", "a5", true),
        ("a[!0-9]", "a5", false),
        ("a[^0-9]", "ax", true),
        ("a[]]", "a]", true),
        ("a[[:digit:]_]", "a_", true),
        ("a?c", "aéc", true),
        ("{a,b}", "a", false),
        ("{a,b}", "{a,b}", true),
        ("x.y", "xzy", false),
        ("(a|b)+", "(a|b)+", true),
        ("crlf\r\nnext\r\n", "crlf", true),
        ("\u{feff}bom", "bom", true),
        ("naïve*", "naïveté", true),
    ] {
        assert_eq!(excluded(rules, path), expected, "{rules:?} on {path:?}");
    }
}

#[test]
fn nothing_brings_back_a_dot_name() {
    let files = BTreeMap::from([("", "!.ssh\n!.ssh/\n!.*\n!*".to_owned())]);
    for path in [".ssh/", ".git/", ".snapshots/", ".env", ".vitrineignore", "a/.netrc", ".ssh/id_rsa", "..a"]
    {
        assert_eq!(walked(&filter(&["!.*"]), &files, path), Verdict::Hidden, "{path}");
    }
}

#[test]
fn nearer_files_override_and_the_command_line_overrides_all() {
    let files = BTreeMap::from([("", "*.log\n/top".to_owned()), ("a", "!*.log\n/top\nb/c".to_owned())]);
    let walk = |excludes: &[&str], path| walked(&filter(excludes), &files, path);
    assert_eq!(walk(&[], "x.log"), Verdict::Excluded);
    assert_eq!(walk(&[], "a/x.log"), Verdict::Publish);
    assert_eq!(walk(&[], "a/b/x.log"), Verdict::Publish);
    assert_eq!(walk(&[], "a/top"), Verdict::Excluded);
    assert_eq!(walk(&[], "a/b/top"), Verdict::Publish);
    assert_eq!(walk(&[], "a/b/c"), Verdict::Excluded);
    assert_eq!(walk(&["a/*.log"], "a/x.log"), Verdict::Excluded);
    assert_eq!(walk(&["*.log", "!x.log"], "x.log"), Verdict::Publish);
    assert_eq!(walk(&["#x"], "#x"), Verdict::Excluded);
    assert_eq!(walk(&[], "fine"), Verdict::Publish);
}

#[test]
fn bad_patterns_of_the_command_line_are_named() {
    let errors: Vec<_> = ["a[", "x\\", "[z-a]", "", "/", "!", "[[:nope:]]", &"x".repeat(5000)]
        .iter()
        .map(|pattern| {
            let error = Filter::new(&["fine".to_owned(), (*pattern).to_owned()]).unwrap_err();
            let FilterError::BadExclude { source, .. } = &error;
            let text: String = error.to_string().chars().take(60).collect();
            format!("{text}: {source}")
        })
        .collect();
    insta::assert_snapshot!(errors.join("\n"), @r"
    The pattern `a[` after --exclude cannot be used: a `[` is not closed
    The pattern `x\` after --exclude cannot be used: it ends in a backslash
    The pattern `[z-a]` after --exclude cannot be used: the range 'z' to 'a' runs backwards
    The pattern `` after --exclude cannot be used: it names nothing
    The pattern `/` after --exclude cannot be used: it names nothing
    The pattern `!` after --exclude cannot be used: it names nothing
    The pattern `[[:nope:]]` after --exclude cannot be used: there is no class [:nope:]
    The pattern `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: it is longer than 4096 bytes
    ");
}

#[test]
fn bad_lines_are_named_and_the_rest_holds() {
    let mut file = b"*.o\na[\n\xff\xfe\n".to_vec();
    file.extend(b"!\n\xc3\x28 bad\n*.log\n");
    let (dir, bad) = filter(&[]).root(Some(&file));
    assert_eq!(dir.verdict("x.o", false), Verdict::Excluded);
    assert_eq!(dir.verdict("x.log", false), Verdict::Excluded);
    let texts: Vec<_> = bad.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(texts.join("\n"), @r"
    line 2, `a[`: a `[` is not closed
    line 3, `��`: it is not UTF-8
    line 4, `!`: it names nothing
    line 5, `�( bad`: it is not UTF-8
    ");
}

#[test]
fn long_files_are_read_to_their_bounds() {
    let long = "# comment\n".repeat(200_000) + "late";
    let (dir, bad) = filter(&[]).root(Some(("early\n".to_owned() + &long).as_bytes()));
    assert_eq!(dir.verdict("early", false), Verdict::Excluded);
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0].problem, PatternError::Beyond("1 MiB"));

    let many = (0..RULES_MAX).map(|n| format!("file-{n}-*")).collect::<Vec<_>>().join("\n") + "\n";
    let (dir, bad) = filter(&[]).root(Some(many.as_bytes()));
    assert_eq!(bad, []);
    assert_eq!(dir.verdict("file-9999-x", false), Verdict::Excluded);
    let (_, bad) = filter(&[]).root(Some((many + "one more\nand more").as_bytes()));
    assert_eq!(bad.len(), 1);
    assert_eq!((bad[0].line, &bad[0].problem), (RULES_MAX + 1, &PatternError::Beyond("10,000 rules")));
}

#[test]
fn no_pattern_takes_for_ever() {
    let rules = format!("{}b\n", "*a".repeat(1000));
    let (dir, bad) = filter(&[]).root(Some(rules.as_bytes()));
    assert_eq!(bad, []);
    assert_eq!(dir.verdict(&"a".repeat(255), false), Verdict::Publish);
}

/// A tree that the property's patterns are about.
const TREE: &[&str] = &[
    "a",
    "b/",
    "b/a",
    "b/ab",
    "b/a.b/",
    "b/a.b/a",
    "b/a.b/b/",
    "b/a.b/b/a",
    "ab/",
    "ab/b/",
    "ab/b/ab",
    "ab/-",
    "]",
];

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "b",
        "ab",
        "/",
        "/",
        "*",
        "**",
        "**/",
        "/**",
        "?",
        "[a-b]",
        "[!a]",
        "[^b-]",
        "[]a]",
        "[a",
        "\\a",
        ".",
        "[[:alpha:]]",
        "[[:nope:]]",
        "\\",
        " ",
        "!",
        "#",
        "\\ ",
        "-",
        "[\\]]",
        "[[:a]",
        "***",
    ])
}

fn rules() -> impl Strategy<Value = String> {
    let line = ("!?", prop::collection::vec(piece(), 1..5)).prop_map(|(not, pieces)| not + &pieces.concat());
    // Two lines on which git is not the judge: it takes a range that runs backwards for its first character, and, against
    // its manual, `a**/b` for `a/**/b` with the slash left out.
    let judged = |line: &String| {
        let backwards = matches!(pattern::parse_line(line), Err(PatternError::Backwards { .. }));
        let body = line.strip_prefix('!').unwrap_or(line);
        !backwards && !body.match_indices("**").any(|(at, _)| at > 0 && !body[..at].ends_with('/'))
    };
    prop::collection::vec(line.prop_filter("git judges", judged), 0..4).prop_map(|lines| lines.join("\n"))
}

/// What git leaves out, asked for each path of the tree.
fn by_git(root: &Path) -> BTreeSet<String> {
    let mut git = Command::new("git");
    git.args(["-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "-z", "--stdin"])
        .current_dir(root);
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let paths = TREE.iter().map(|path| path.trim_end_matches('/')).collect::<Vec<_>>().join("\0");
    child.stdin.take().unwrap().write_all(paths.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "git check-ignore failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// An empty repository with the tree in it; `None` where there is no git.
fn repository() -> Option<tempfile::TempDir> {
    let temp = tempfile::tempdir().unwrap();
    let made = Command::new("git").args(["init", "-q"]).current_dir(temp.path()).status().ok()?;
    assert!(made.success());
    for path in TREE {
        let at = temp.path().join(path);
        if path.ends_with('/') { std::fs::create_dir(at).unwrap() } else { std::fs::write(at, "").unwrap() }
    }
    Some(temp)
}

#[test]
fn as_git() {
    let Some(temp) = repository() else {
        println!("SKIPPED: there is no git to compare with");
        return;
    };
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let compared = runner.run(&(rules(), rules()), |(root, inner)| {
        std::fs::write(temp.path().join(".gitignore"), &root).unwrap();
        std::fs::write(temp.path().join("b/.gitignore"), &inner).unwrap();
        let files = BTreeMap::from([("", root), ("b", inner)]);
        let ours: BTreeSet<_> = TREE
            .iter()
            .filter(|path| walked(&filter(&[]), &files, path) == Verdict::Excluded)
            .map(|path| path.trim_end_matches('/').to_owned())
            .collect();
        prop_assert_eq!(ours, by_git(temp.path()));
        Ok(())
    });
    assert_eq!(compared, Ok(()));
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,30}", name in "[^/]{1,10}") {
        let (dir, _) = filter(&[]).root(Some(&bytes));
        let _ = dir.verdict(&name, true);
        if let Ok(filter) = Filter::new(&[text]) {
            let _ = filter.root(None).0.child("é", None).0.verdict(&name, false);
        }
    }
}

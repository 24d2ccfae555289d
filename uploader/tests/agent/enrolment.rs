//! A machine becomes a host, once; and what a person is told before an agent can begin.

use crate::desk::TOKENS;
use crate::site::Site;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn help_teaches() {
    let site = Site::bare("");
    let help = |command: &str| String::from_utf8(site.run(&[command, "--help"]).stdout).unwrap();
    insta::assert_snapshot!("agent_help", help("agent"));
    insta::assert_snapshot!("enroll_help", help("enroll"));
    let man = String::from_utf8(site.run(&["man", "agent"]).stdout).unwrap();
    assert!(man.contains("projects_root"), "{man}");
    let completions = String::from_utf8(site.run(&["completions", "bash"]).stdout).unwrap();
    assert!(completions.contains("--check-config") && completions.contains("--replace"));
}

#[test]
fn a_machine_becomes_a_host_once() {
    let site = Site::bare("");
    let shown = |output| site.shown(&output);
    let nothing = shown(site.run(&["agent", "--config", "agent.toml"]));
    let wrong = shown(site.enroll("wrong-token", &[]));
    let key = fs::read(site.state().join("host.key")).unwrap();
    let first = shown(site.enroll(TOKENS[0], &[]));
    assert_eq!(fs::read(site.state().join("host.key")).unwrap(), key, "the key that was made first");
    let again = shown(site.enroll(TOKENS[0], &[]));
    assert_eq!(first, again);
    let other = shown(site.enroll(TOKENS[1], &[]));
    let replaced = shown(site.enroll(TOKENS[1], &["--replace"]));
    assert_ne!(fs::read(site.state().join("host.key")).unwrap(), key);
    let mode = |name: &str| fs::metadata(site.state().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("host.key"), mode("host.json"), mode("")), (0o600, 0o600, 0o700));
    let kept = fs::read_dir(site.state()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(kept.filter(|name| name.to_string_lossy().starts_with("host.key.")).count(), 1);
    let checked = shown(site.run(&["agent", "--config", "agent.toml", "--check-config"]));
    insta::assert_snapshot!([nothing, wrong, first, other, replaced, checked].join("\n### and then\n"));
}

#[test]
fn mistakes_are_explained() {
    let site = Site::new("");
    let config = fs::read_to_string(site.at("agent.toml")).unwrap();
    let with = |text: &str| {
        fs::write(site.at("other.toml"), text).unwrap();
        site.shown(&site.run(&["agent", "--config", "other.toml", "--check-config"]))
    };
    let other = config.replace(&site.desk.url, "https://other.example");
    fs::write(site.at("elsewhere.toml"), other).unwrap();
    let cases = [
        site.shown(&site.run(&["agent"])),
        site.shown(&site.run(&["agent", "--config", "none.toml"])),
        with(&format!("{config}job = 3\n")),
        with(&format!("{config}jobs = 65\n")),
        with(&config.replace("/projects", "/nowhere")),
        site.shown(&site.run(&["agent", "--config", "elsewhere.toml"])),
        site.shown(&site.run(&["enroll", "--state", "s"])),
    ];
    insta::assert_snapshot!(cases.join("\n### and\n"));
}

#[test]
fn two_agents_do_not_share_a_state_folder() {
    let site = Site::new("");
    let _first = site.start();
    crate::site::wait_until("it reports", || site.last_report().is_some());
    insta::assert_snapshot!(site.shown(&site.run(&["agent", "--config", "agent.toml"])));
    insta::assert_snapshot!("enroll_beside_an_agent", site.shown(&site.enroll(TOKENS[0], &[])));
}

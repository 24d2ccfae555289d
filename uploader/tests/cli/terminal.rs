//! The program at a real terminal: questions that take their time, a terminal that takes nothing, and signals meanwhile.

use crate::kills::wait_until;
use crate::place::Place;
use crate::server::share;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A pseudo-terminal: what a person has in front of them, and what the program gets.
struct Terminal {
    person: File,
    /// What has been read of what the program wrote.
    seen: Arc<Mutex<String>>,
}

impl Terminal {
    fn new() -> (Self, File) {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let person = openpt(flags).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap().into_string().unwrap();
        let program = File::options().read(true).write(true).open(name).unwrap();
        (Self { person: person.into(), seen: Arc::default() }, program)
    }

    /// Reads along from now on. Before that the terminal takes what the kernel holds, and no more.
    fn read_along(&self) {
        let (mut person, seen) = (self.person.try_clone().unwrap(), Arc::clone(&self.seen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends with an error when the last program is gone.
            while let Ok(length) = person.read(&mut buffer) {
                seen.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
    }

    fn seen(&self) -> String {
        self.seen.lock().unwrap().clone()
    }

    fn until_asked(&self) {
        wait_until(|| self.seen().contains("[N]o: "));
    }
}

/// The program with that terminal for its standard input and error.
fn publish_at(place: &Place, program: &File, flags: &[&str]) -> Child {
    let id = share('e').to_string();
    let mut args = vec!["publish", "folder", "--share", &id];
    args.extend(flags);
    place
        .command(&args)
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .env("TERM", "xterm")
        .stdin(Stdio::from(program.try_clone().unwrap()))
        .stderr(Stdio::from(program.try_clone().unwrap()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn with_a_key() -> Place {
    let place = Place::new();
    place.write("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    place
}

#[test]
fn a_signal_at_a_question_ends_the_program_and_gives_the_lease_back() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let place = with_a_key();
        let (terminal, program) = Terminal::new();
        terminal.read_along();
        let child = publish_at(&place, &program, &[]);
        terminal.until_asked();
        let asked = Instant::now();
        send(&child, signal);
        let code = child.wait_with_output().unwrap().status.code();
        assert_eq!(code, Some(130), "{signal:?}: {}", terminal.seen());
        assert!(asked.elapsed() < Duration::from_secs(5), "{signal:?} took {:?}", asked.elapsed());
        assert!(place.server.memory.state().lease.is_none());
    }
}

#[test]
fn the_lease_is_kept_while_a_person_thinks_and_the_answer_counts() {
    let place = with_a_key();
    place.server.lease_ms.store(1500, std::sync::atomic::Ordering::SeqCst);
    let (mut terminal, program) = Terminal::new();
    terminal.read_along();
    let child = publish_at(&place, &program, &[]);
    terminal.until_asked();
    let before = place.server.renewals();
    wait_until(|| place.server.renewals() > before);
    terminal.person.write_all(b"y\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", terminal.seen());
    place.assert_whole(&share('e').to_string());
}

#[test]
fn a_terminal_that_takes_nothing_holds_nothing_up() {
    let place = Place::new();
    for n in 0..2000 {
        place.write(&format!("many/a file with a name that is not short, number {n}.txt"), &n.to_string());
    }
    let (terminal, program) = Terminal::new();
    let child = publish_at(&place, &program, &["--verbose"]);
    // Nobody reads; all of it is published all the same.
    wait_until(|| place.server.memory.state().objects.keys().any(|key| key.ends_with("latest.json")));
    terminal.read_along();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", terminal.seen());
    place.assert_whole(&share('e').to_string());
}

#[test]
fn a_terminal_that_takes_nothing_holds_no_signal_up() {
    let place = Place::new();
    place.server.puts_held.shut();
    for n in 0..2000 {
        place.write(&format!("many/a file with a name that is not short, number {n}.txt"), &n.to_string());
    }
    let (terminal, program) = Terminal::new();
    let child = publish_at(&place, &program, &["--verbose"]);
    wait_until(|| place.server.puts_held.count() > 0);
    send(&child, Signal::INT);
    wait_until(|| place.server.memory.state().lease.is_none());
    terminal.read_along();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
}

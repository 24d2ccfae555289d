//! What is remembered, against plain models, across reopening, crashes, several processes and damage.

mod arrived;
mod opening;
mod stamps;
mod uploads;

use super::*;
use std::path::PathBuf;
use vitrine_protocol::{EntryPath, ManifestId};

/// A state in a folder of its own.
fn fresh() -> (tempfile::TempDir, PathBuf, State) {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("deep/down/state.sqlite");
    let state = State::open(&path).unwrap();
    (temp, path, state)
}

fn share(number: u8) -> ShareId {
    ShareId::from_random('0', [number; 25]).unwrap()
}

fn manifest(number: u8) -> ManifestId {
    ManifestId::from_parts(1_700_000_000_000, [number; 10])
}

fn entry(text: &str) -> EntryPath {
    EntryPath::parse(text).unwrap()
}

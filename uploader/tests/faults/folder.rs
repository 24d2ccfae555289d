//! A folder that changes as a project does: files appear, grow, are rewritten, move and go, small ones and some that are a blob
//! of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use vitrine_protocol::Sha256;

/// What a file is to a reader: how long, and of which content.
pub(crate) type Contents = BTreeMap<String, (u64, Sha256)>;

/// The folder with its own randomness.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    random: fastrand::Rng,
    made: u32,
}

/// Above this a file is not packed with others.
const PACKED_MAX: usize = 256 * 1024;

impl Folder {
    /// Makes one with `small` and `own` files in a few directories.
    pub(crate) fn new(path: PathBuf, seed: u64, small: usize, own: usize) -> Self {
        let mut folder = Self { path, random: fastrand::Rng::with_seed(seed), made: 0 };
        for _ in 0..small {
            folder.add(4096);
        }
        for _ in 0..own {
            folder.add_own();
        }
        std::os::unix::fs::symlink("d0", folder.path.join("link")).unwrap();
        folder
    }

    fn add(&mut self, most: usize) {
        let length = self.random.usize(..most);
        let at = self.fresh();
        self.write(&at, length);
    }

    fn add_own(&mut self) {
        let length = PACKED_MAX + 1 + self.random.usize(..40_000);
        let at = self.fresh();
        self.write(&at, length);
    }

    fn fresh(&mut self) -> PathBuf {
        self.made += 1;
        let directory = self.path.join(format!("d{}", self.random.u8(..4)));
        let directory = if self.random.bool() { directory.join("deep") } else { directory };
        fs::create_dir_all(&directory).unwrap();
        directory.join(format!("file {}.bin", self.made))
    }

    /// Writes random bytes. Public to the journeys that want a file of a certain length.
    pub(crate) fn write(&mut self, at: &Path, length: usize) {
        let mut bytes = vec![0; length];
        self.random.fill(&mut bytes);
        fs::write(at, bytes).unwrap();
    }

    /// Some changes of each kind.
    pub(crate) fn change(&mut self) {
        for _ in 0..4 {
            self.add(4096);
            self.add_own();
        }
        let mut files = files(&self.path);
        self.random.shuffle(&mut files);
        let [remove, shorten, rewrite, rename, ..] = files.as_slice() else { return };
        fs::remove_file(remove).unwrap();
        let length = usize::try_from(fs::metadata(shorten).unwrap().len()).unwrap();
        self.write(shorten, length / 2 + 1);
        let length = usize::try_from(fs::metadata(rewrite).unwrap().len()).unwrap();
        self.write(rewrite, length + 1);
        let to = self.fresh();
        fs::rename(rename, to).unwrap();
    }

    /// What a reader of a publish of it must find.
    pub(crate) fn contents(&self) -> Contents {
        let name = |path: &Path| path.strip_prefix(&self.path).unwrap().to_str().unwrap().to_owned();
        files(&self.path)
            .iter()
            .map(|path| {
                let bytes = fs::read(path).unwrap();
                (name(path), (bytes.len() as u64, Sha256::of(&bytes)))
            })
            .collect()
    }
}

/// Every regular file below, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

//! The whole pipeline against the remote in memory: a folder, a share, and what readers see of it.

mod changes;
mod faults;
mod path_index;
mod remembered;
mod storage;

use super::*;
use crate::omission::Reason;
use crate::progress::Silent;
use crate::publish::consent::Agreed;
use crate::remote::memory::{Fault, Memory};
use crate::state::State;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::task::Poll;
use std::time::Duration;
use vitrine_protocol::tree::{ExtentSource, Found, entries, lookup};
use vitrine_protocol::{EntryPath, Extent, Kind, Listing, RootKind};

fn share() -> ShareId {
    ShareId::from_random('0', [3; 25]).unwrap()
}

/// A folder that publishes to one share in memory.
struct Bench {
    folder: tempfile::TempDir,
    memory: Memory,
    options: Options,
    state: Option<State>,
}

impl Bench {
    fn new() -> Self {
        let (folder, memory) = (tempfile::tempdir().unwrap(), Memory::default());
        Self { folder, memory, options: Options::default(), state: None }
    }

    /// Writes a file that is old enough to be trusted by its time.
    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write_aged(path, content, 3600);
    }

    fn write_aged(&self, path: &str, content: impl AsRef<[u8]>, seconds: u64) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let time = std::time::SystemTime::now() - Duration::from_secs(seconds);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    fn job(&self) -> Job {
        self.job_of(self.folder.path())
    }

    fn job_of(&self, path: &Path) -> Job {
        Job {
            source: Arc::new(Source::open(path).unwrap()),
            target: Target {
                share: Some(share()),
                root_path: "folder".to_owned(),
                nonce: Some("n".repeat(32)),
                ..Target::default()
            },
            options: self.options.clone(),
            progress: Arc::new(Silent),
            state: self.state.clone(),
            filter: Filter::default(),
            consent: Arc::new(Agreed),
        }
    }

    async fn publish(&self) -> Result<Published, PublishError> {
        publish(&self.memory, self.job(), std::future::pending()).await
    }

    async fn publish_with(&self, fault: Fault) -> Result<Published, PublishError> {
        publish(&self.memory.with(fault), self.job(), std::future::pending()).await
    }

    fn manifest(&self) -> Manifest {
        let latest = self.memory.latest(share()).unwrap();
        let key = ObjectKey::manifest(share(), latest.manifest_id).to_string();
        let bytes = self.memory.state().objects[&key].clone();
        assert_eq!(Sha256::of(&bytes), latest.manifest_hash);
        Manifest::from_json(&bytes).unwrap()
    }

    /// Everything that readers see: paths and contents, each checked against its hash.
    async fn seen(&self) -> BTreeMap<String, Vec<u8>> {
        let manifest = self.manifest();
        let reader = Reader(&self.memory);
        let mut seen = BTreeMap::new();
        let mut todo = vec![(EntryPath::root(), manifest.root)];
        while let Some((path, listing)) = todo.pop() {
            let found = entries(&listing, &reader).await.unwrap();
            for file in found.files {
                let mut content = Vec::new();
                for extent in file.extents() {
                    content.extend(reader.read(extent).await.unwrap());
                }
                assert_eq!((Sha256::of(&content), content.len() as u64), (file.hash, file.size));
                seen.insert(path.join(&file.name).unwrap().to_string(), content);
            }
            for dir in found.dirs {
                todo.push((path.join(&dir.name).unwrap(), dir.listing));
            }
        }
        seen
    }

    /// What is on disk, hidden names apart.
    fn on_disk(&self) -> BTreeMap<String, Vec<u8>> {
        fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
                let (path, name) = (entry.path(), entry.file_name());
                let kind = entry.file_type().unwrap();
                if name.to_string_lossy().starts_with('.') {
                } else if kind.is_dir() {
                    walk(root, &path, all);
                } else if kind.is_file() {
                    let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    all.insert(relative, fs::read(&path).unwrap());
                }
            }
        }
        let mut all = BTreeMap::new();
        walk(self.folder.path(), self.folder.path(), &mut all);
        all
    }

    async fn assert_whole(&self) {
        assert_eq!(self.seen().await, self.on_disk());
    }

    fn blob_puts(&self) -> usize {
        self.memory.state().puts.iter().filter(|key| key.contains("/blobs/")).count()
    }
}

struct Reader<'a>(&'a Memory);

impl ExtentSource for Reader<'_> {
    type Error = std::convert::Infallible;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, Self::Error> {
        let bytes = self.0.state().objects[&ObjectKey::blob(share(), extent.blob).to_string()].clone();
        Ok(bytes[usize::try_from(extent.offset).unwrap()..usize::try_from(extent.end()).unwrap()].to_vec())
    }
}

fn sample() -> Bench {
    let bench = Bench::new();
    for (path, content) in [
        ("README.md", "# Hello"),
        ("empty", ""),
        ("a/one.txt", "one"),
        ("a/b/two.txt", "two"),
        ("a/b/same.txt", "one"),
        ("names/sp ace %#?+é🏳️.txt", "name"),
        ("note.ipynb", "{}"),
    ] {
        bench.write(path, content);
    }
    symlink("one.txt", bench.folder.path().join("a/link")).unwrap();
    fs::create_dir(bench.folder.path().join("nothing here")).unwrap();
    bench
}

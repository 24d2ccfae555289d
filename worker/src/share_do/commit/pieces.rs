//! Refuses a snapshot whose files lie in too many pieces: each is a request to the bucket, paid by the operator each time somebody reads.
//!
//! Only what changed is looked at: a listing that the base has at the same place was looked at when that was committed, and a file
//! that the base has in the same pieces may stay. So the cost grows with the change, up to [`READS_MAX`] reads: of a first publish
//! of a million files the folders near the root are looked at, and the rest is not. That is no wall, then; what it leaves costs
//! whoever reads it a rate limit's worth of requests.

use super::mismatch;
use crate::failure::Failure;
use crate::store::{ShareBlobs, Store, StoreError};
use futures_util::future::try_join_all;
use std::collections::{HashMap, HashSet};
use vitrine_protocol::limits::LISTING_BYTES_MAX;
use vitrine_protocol::listing::{Dir, File};
use vitrine_protocol::tree::{Claim, ExtentSource as _, TreeBudget, TreeError};
use vitrine_protocol::{Entries, EntryName, EntryPath, Extent, Listing, Manifest, json};

/// So many stored listings, or pages of them, are read for one commit: a second or two.
const READS_MAX: usize = 64;

/// And so many bytes of them, in an object that has 128 MB.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// At most six requests of a Worker are under way at once; more only queue.
const READS_AT_ONCE: usize = 6;

/// A folder of the new snapshot, and what the base has in its place.
struct Pair {
    path: EntryPath,
    new: Listing,
    base: Option<Listing>,
}

/// What may still be read.
struct Left {
    reads: usize,
    bytes: u64,
}

/// The texts of stored listings.
type Texts = HashMap<Extent, Vec<u8>>;

/// Looks at the files of the folders that changed.
pub(super) async fn check<S: Store>(
    store: &S,
    new: &Manifest,
    base: Option<&Manifest>,
) -> Result<(), Failure> {
    let blobs = ShareBlobs { store, share: new.share_id };
    let mut budget = TreeBudget::new(Claim::of(new));
    let mut left = Left { reads: READS_MAX, bytes: BYTES_MAX };
    let base = base.map(|base| base.root.clone());
    let mut level = vec![Pair { path: EntryPath::root(), new: new.root.clone(), base }];
    while !level.is_empty() {
        let mut wanted = Vec::new();
        for pair in &level {
            wanted.extend(pair.changed());
            wanted.extend(pair.replaced());
        }
        let whole = left.take(&mut wanted);
        let texts = read(&blobs, &wanted).await?;
        let mut next = Vec::new();
        for pair in level {
            next.append(&mut pair.look(&texts, &mut budget)?);
        }
        if !whole {
            return Ok(());
        }
        level = next;
    }
    Ok(())
}

fn refused(error: &TreeError) -> Failure {
    mismatch(format!("The snapshot contradicts itself: {error}."))
}

impl Left {
    /// Takes what may be read of these from what is left; says whether it is all of them.
    fn take(&mut self, wanted: &mut Vec<Extent>) -> bool {
        wanted.sort_unstable();
        wanted.dedup();
        let all = wanted.len();
        wanted.retain(|extent| {
            let fits = self.reads > 0 && extent.length <= self.bytes.min(LISTING_BYTES_MAX);
            if fits {
                self.reads -= 1;
                self.bytes -= extent.length;
            }
            fits
        });
        wanted.len() == all
    }
}

async fn read<S: Store>(blobs: &ShareBlobs<'_, S>, wanted: &[Extent]) -> Result<Texts, Failure> {
    let mut texts = Texts::with_capacity(wanted.len());
    for extents in wanted.chunks(READS_AT_ONCE) {
        let read = try_join_all(extents.iter().map(|extent| blobs.read(*extent))).await;
        let read = read.map_err(|error| match error {
            StoreError::Missing { key } => mismatch(format!("A listing in `{key}` is not there.")),
            other => other.into(),
        })?;
        texts.extend(extents.iter().copied().zip(read));
    }
    Ok(texts)
}

fn stored_at(listing: Option<&Listing>) -> Vec<Extent> {
    match listing {
        None | Some(Listing::Inline(_)) => Vec::new(),
        Some(Listing::At(at)) => vec![*at],
        Some(Listing::Pages(pages)) => pages.iter().map(|page| page.at).collect(),
    }
}

fn without(extents: Vec<Extent>, others: Vec<Extent>) -> Vec<Extent> {
    let others: HashSet<Extent> = others.into_iter().collect();
    extents.into_iter().filter(|extent| !others.contains(extent)).collect()
}

impl Pair {
    /// The texts that the base does not have here.
    fn changed(&self) -> Vec<Extent> {
        without(stored_at(Some(&self.new)), stored_at(self.base.as_ref()))
    }

    /// The texts of the base that are no longer here.
    fn replaced(&self) -> Vec<Extent> {
        if self.base.as_ref() == Some(&self.new) {
            return Vec::new();
        }
        without(stored_at(self.base.as_ref()), stored_at(Some(&self.new)))
    }

    /// Looks at the files that changed; returns the folders that did.
    fn look(self, texts: &Texts, budget: &mut TreeBudget) -> Result<Vec<Self>, Failure> {
        if self.base.as_ref() == Some(&self.new) {
            return Ok(Vec::new());
        }
        // What the base has and cannot be read vouches for nothing.
        let of_base = self.replaced().into_iter().filter_map(|at| json::from_slice(texts.get(&at)?).ok());
        let of_base: Vec<Entries> = inline(self.base.as_ref()).into_iter().chain(of_base).collect();
        let (mut files, mut dirs): (HashMap<&EntryName, &File>, HashMap<&EntryName, &Dir>) =
            (HashMap::new(), HashMap::new());
        for entries in &of_base {
            files.extend(entries.files.iter().map(|file| (&file.name, file)));
            dirs.extend(entries.dirs.iter().map(|dir| (&dir.name, dir)));
        }
        let mut next = Vec::new();
        for entries in self.entries(texts)? {
            budget.entries(&self.path, &entries).map_err(|error| refused(&error))?;
            let is_old =
                |file: &File| files.get(&file.name).is_some_and(|old| old.extents() == file.extents());
            if let Some(file) = entries.files.iter().find(|file| file.is_scattered() && !is_old(file)) {
                return Err(scattered(&self.path, file));
            }
            for dir in entries.dirs {
                let path = budget.enter(&self.path, &dir.name).map_err(|error| refused(&error))?;
                let base = dirs.get(&dir.name).map(|old| old.listing.clone());
                next.push(Self { path, new: dir.listing, base });
            }
        }
        Ok(next)
    }

    /// The entries that changed, as far as their texts were read.
    fn entries(&self, texts: &Texts) -> Result<Vec<Entries>, Failure> {
        let damaged = |error: json::Error| {
            mismatch(format!("The listing of the folder `{}` cannot be read: {error}.", self.path))
        };
        let read = self.changed().into_iter().filter_map(|at| texts.get(&at));
        let read = read.map(|text| json::from_slice(text).map_err(damaged)).collect::<Result<Vec<_>, _>>()?;
        Ok(inline(Some(&self.new)).into_iter().chain(read).collect())
    }
}

fn inline(listing: Option<&Listing>) -> Option<Entries> {
    match listing {
        Some(Listing::Inline(entries)) => Some(entries.clone()),
        _ => None,
    }
}

fn scattered(folder: &EntryPath, file: &File) -> Failure {
    let path = folder.join(&file.name).unwrap_or_default();
    mismatch(format!(
        "The file `{path}` of {} bytes lies in {} pieces, too many to be read with a few requests.",
        file.size,
        file.extent_count()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::data::tests::file_named;
    use crate::store::memory::MemoryStore;
    use vitrine_protocol::listing::Page;
    use vitrine_protocol::manifest::{Inventory, RootKind};
    use vitrine_protocol::{ManifestId, ObjectKey, Scope, Sha256, ShareId};

    fn share() -> ShareId {
        "e0123456789abcdefghjkmnpqr".parse().unwrap()
    }

    fn manifest(root: Listing) -> Manifest {
        Manifest {
            share_id: share(),
            manifest_id: ManifestId::from_parts(1, [0; 10]),
            created_at: 0,
            root_path: String::new(),
            root_kind: RootKind::Dir,
            scope: Scope::Public,
            indexing_opt_in: false,
            file_count: 1 << 20,
            size_bytes: 1 << 40,
            entry_count: None,
            root,
            index: None,
            blobs: Inventory::Inline(Vec::new()),
        }
    }

    /// A file in pieces of one byte that do not touch.
    fn in_pieces(name: &str, pieces: u64) -> File {
        let extents = (0..pieces).map(|n| Extent { blob: Sha256::of(b"x"), offset: 2 * n, length: 1 });
        File { size: pieces, ..file_named(name, b"", "text/plain", Some(extents.collect())) }
    }

    fn folder(name: &str, listing: Listing) -> Dir {
        Dir { name: EntryName::new(name).unwrap(), file_count: 1, size_bytes: 1, mtime: 0, listing }
    }

    fn entries(files: Vec<File>, dirs: Vec<Dir>) -> Entries {
        Entries::new(files, dirs, Vec::new()).unwrap()
    }

    fn put(store: &MemoryStore, entries: &Entries) -> Extent {
        let json = entries.to_json();
        let extent = Extent { blob: Sha256::of(&json), offset: 0, length: json.len() as u64 };
        store.insert(ObjectKey::blob(share(), extent.blob), json);
        extent
    }

    async fn checked(store: &MemoryStore, new: &Listing, base: Option<&Listing>) -> Result<usize, String> {
        store.reads.set(0);
        let base = base.map(|base| manifest(base.clone()));
        let checked = check(store, &manifest(new.clone()), base.as_ref()).await;
        checked.map(|()| store.reads.get()).map_err(|failure| {
            assert_eq!(failure.problem.status, 422);
            failure.problem.detail
        })
    }

    #[tokio::test]
    async fn a_file_in_too_many_pieces_is_named_wherever_it_is() {
        let store = MemoryStore::default();
        for pieces in [16, 17] {
            let shreds = || entries(vec![in_pieces("shreds.bin", pieces)], vec![]);
            let page = |name: &str, at| Page { from: EntryName::new(name).unwrap(), at };
            let plain = put(&store, &entries(vec![in_pieces("a", 1)], vec![]));
            let forms = [
                Listing::Inline(shreds()),
                Listing::At(put(&store, &shreds())),
                Listing::Pages(vec![page("a", plain), page("b", put(&store, &shreds()))]),
            ];
            for form in forms {
                let below = Listing::Inline(entries(vec![], vec![folder("d", form.clone())]));
                let deep = Listing::At(put(&store, &entries(vec![], vec![folder("c", below)])));
                for (listing, path) in [(form, "shreds.bin"), (deep, "c/d/shreds.bin")] {
                    let got = checked(&store, &listing, None).await;
                    assert_eq!(got.is_ok(), pieces == 16, "{path}: {got:?}");
                    if let Err(detail) = got {
                        assert!(
                            detail.contains(&format!("`{path}`")) && detail.contains("17 pieces"),
                            "{detail}"
                        );
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn only_what_changed_is_read() {
        let store = MemoryStore::default();
        let many = |changed: Option<u64>| {
            let dir = |n: u64| {
                let pieces = if changed == Some(n) { 2 } else { 1 };
                let at = put(&store, &entries(vec![in_pieces(&format!("f{n}"), pieces)], vec![]));
                folder(&format!("d{n:04}"), Listing::At(at))
            };
            Listing::Inline(entries(vec![], (0..1000).map(dir).collect()))
        };
        let (base, new) = (many(None), many(Some(500)));
        assert_eq!(checked(&store, &base, Some(&base)).await, Ok(0));
        assert_eq!(
            checked(&store, &new, Some(&base)).await,
            Ok(2),
            "the new listing and the one it replaces"
        );
        assert_eq!(checked(&store, &new, None).await, Ok(READS_MAX), "a bound for the first publish");
        let old = Listing::Inline(entries(vec![in_pieces("old.bin", 4000)], vec![]));
        let with = |file| Listing::Inline(entries(vec![file, in_pieces("old.bin", 4000)], vec![]));
        assert_eq!(
            checked(&store, &with(in_pieces("new", 1)), Some(&old)).await,
            Ok(0),
            "older programs' files stay"
        );
        assert!(checked(&store, &with(in_pieces("new", 4000)), Some(&old)).await.is_err());
    }

    #[tokio::test]
    async fn what_contradicts_itself_is_refused() {
        let store = MemoryStore::default();
        let text = b"{\"files\":[{}]}";
        let at = Extent { blob: Sha256::of(text), offset: 0, length: text.len() as u64 };
        store.insert(ObjectKey::blob(share(), at.blob), text.as_slice());
        assert!(checked(&store, &Listing::At(at), None).await.unwrap_err().contains("cannot be read"));
        let own = Extent { blob: Sha256::of(b"missing"), ..at };
        assert!(checked(&store, &Listing::At(own), None).await.unwrap_err().contains("is not there"));
    }
}

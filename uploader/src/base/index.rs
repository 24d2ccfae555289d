//! Which contents are stored already, wherever in the base they were: a file that was renamed or copied is not sent again.
//!
//! Made once, and only when some file has a content that the base does not have at its path. Forty bytes for each file:
//! hashes by their first half, which nobody finds twice (2^64 tries).

use super::{Base, BaseError, Prior};
use crate::remote::Session;
use std::collections::HashMap;
use vitrine_protocol::{Extent, File, Listing, Sha256};

/// Where a known content is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// As in [`File::extents`].
    pub extents: Option<Vec<Extent>>,
    /// As in [`File::chunks`].
    pub chunks: Option<Extent>,
}

/// The first half of a hash.
pub type Half = [u8; 16];

/// Cuts a hash.
pub fn half(hash: &Sha256) -> Half {
    let mut half = Half::default();
    half.copy_from_slice(&hash.as_bytes()[..16]);
    half
}

#[derive(Clone, Copy)]
struct Row {
    content: Half,
    blob: u32,
    offset: u64,
    length: u64,
}

/// Contents, each with one place where it is stored.
#[derive(Default)]
pub struct Index {
    rows: Vec<Row>,
    blobs: Vec<Sha256>,
    numbers: HashMap<Sha256, u32>,
    /// Those that are more than one range of one blob.
    others: HashMap<(Half, u64), Stored>,
}

impl Stored {
    /// Where a file of the base is stored; neighbouring extents as one.
    pub fn of(file: &File) -> Self {
        let extents = file.extents.as_ref().map(|_| file.extents());
        Self { extents, chunks: file.chunks }
    }
}

impl Index {
    /// Takes note of a content that is one range of a blob.
    pub fn add(&mut self, content: &Sha256, at: Extent) {
        let next = u32::try_from(self.blobs.len()).unwrap_or(u32::MAX);
        let blob = *self.numbers.entry(at.blob).or_insert(next);
        if blob == next {
            self.blobs.push(at.blob);
        }
        self.rows.push(Row { content: half(content), blob, offset: at.offset, length: at.length });
    }

    fn add_file(&mut self, file: &File) {
        match (file.extents().as_slice(), file.chunks) {
            ([], _) => {}
            ([at], None) => self.add(&file.hash, *at),
            _ => {
                self.others.insert((half(&file.hash), file.size), Stored::of(file));
            }
        }
    }

    /// Makes it ready to be asked. Of several places the one that was added first is found.
    pub fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.content);
        self.rows.dedup_by(|later, first| later.content == first.content && later.length == first.length);
    }

    /// Where that content is stored, if it is.
    pub fn find(&self, content: &Sha256, size: u64) -> Option<Stored> {
        let wanted = half(content);
        if let Some(stored) = self.others.get(&(wanted, size)) {
            return Some(stored.clone());
        }
        let from = self.rows.partition_point(|row| row.content < wanted);
        let rows = self.rows.get(from..)?.iter().take_while(|row| row.content == wanted);
        let row = rows.into_iter().find(|row| row.length == size)?;
        let blob = *self.blobs.get(row.blob as usize)?;
        let extents = (blob != *content || row.offset != 0)
            .then(|| vec![Extent { blob, offset: row.offset, length: size }]);
        Some(Stored { extents, chunks: None })
    }
}

impl<S: Session> Base<S> {
    /// Reads all of the base's listings for the contents in them, but for those in blobs that are not to be used.
    pub(super) async fn read_index(&self) -> Result<Index, BaseError> {
        let mut index = Index::default();
        let mut todo: Vec<Listing> = self.manifest.iter().map(|manifest| manifest.root.clone()).collect();
        while let Some(listing) = todo.pop() {
            let mut cursor = self.cursor(Some(listing));
            let mut below = Vec::new();
            while let Some(prior) = self.step(&mut cursor).await? {
                // Listings inside the page are gone through at once: only references are kept for later.
                let mut inside = vec![prior];
                while let Some(prior) = inside.pop() {
                    match prior {
                        Prior::File(file) if self.is_usable(&file) => index.add_file(&file),
                        Prior::Dir(dir) => match dir.listing {
                            Listing::Inline(entries) => {
                                inside.extend(
                                    entries.files.into_iter().map(|file| Prior::File(Box::new(file))),
                                );
                                inside.extend(entries.dirs.into_iter().map(|dir| Prior::Dir(Box::new(dir))));
                            }
                            stored => below.push(stored),
                        },
                        _ => {}
                    }
                }
            }
            todo.extend(below.into_iter().rev());
        }
        index.sort();
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_added_is_found(sizes in prop::collection::vec((0u64..5, 0u8..8, 0u64..3), 1..60)) {
            let mut index = Index::default();
            let mut model: HashMap<(Sha256, u64), Extent> = HashMap::new();
            for (content, blob, length) in sizes {
                let content = Sha256::of(&content.to_le_bytes());
                let at = Extent { blob: Sha256::of(&[blob]), offset: u64::from(blob) + 1, length };
                index.add(&content, at);
                model.entry((content, length)).or_insert(at);
            }
            index.sort();
            for ((content, size), at) in &model {
                let stored = index.find(content, *size).unwrap();
                prop_assert_eq!(stored.extents, Some(vec![*at]));
            }
            prop_assert_eq!(index.find(&Sha256::of(b"never"), 1), None);
        }
    }

    #[test]
    fn a_whole_blob_needs_no_extents() {
        let mut index = Index::default();
        let blob = Sha256::of(b"x");
        index.add(&blob, Extent { blob, offset: 0, length: 1 });
        index.sort();
        assert_eq!(index.find(&blob, 1), Some(Stored { extents: None, chunks: None }));
    }
}

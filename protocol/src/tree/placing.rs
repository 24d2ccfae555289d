//! Where the texts of listings go: into blobs that are filled one after the other, while the tree is still being read.
//!
//! A listing names the blob of each listing below it, and a blob has a name only once it is full. So a listing whose
//! children lie in the blob that is still open waits until that blob is sealed, and goes into the next. Called by
//! [`super::build`] only.

use super::build::{Entry, Shape};
use crate::ids::Sha256;
use crate::listing::{Dir, Entries, Extent, Listing, ListingError, Page};
use crate::path::EntryName;
use std::collections::{BTreeMap, HashMap};

/// The number of a text: where it is stored may not be known yet.
pub(super) type PlaceId = usize;

/// Where a text is, as far as it is known.
#[derive(Clone, Copy)]
enum Place {
    /// Not written yet: it waits for listings below it.
    Waiting,
    /// In the blob that is open.
    Open { offset: u64, length: u64 },
    /// Stored, or about to be: its blob has a name.
    Known(Extent),
}

/// A listing, or a page of one, that cannot be written yet.
struct Text {
    entries: Vec<Entry>,
    place: PlaceId,
    needs: Vec<PlaceId>,
    size: usize,
}

/// Texts, and the blobs they are collected in.
pub(super) struct Placing {
    places: Vec<Place>,
    waiting: Vec<Text>,
    waiting_size: usize,
    open: Vec<u8>,
    /// The texts in the open blob.
    inside: Vec<PlaceId>,
    /// Texts of this build by their hash: the same listing twice is written once.
    written: HashMap<Sha256, PlaceId>,
    /// Sealed blobs that nobody has taken yet.
    pub(super) sealed: Vec<(Sha256, Vec<u8>)>,
    /// How many bytes of each blob are referred to.
    pub(super) live: BTreeMap<Sha256, u64>,
    blob_max: usize,
}

impl Placing {
    pub(super) fn new(blob_max: usize) -> Self {
        Self {
            places: Vec::new(),
            waiting: Vec::new(),
            waiting_size: 0,
            open: Vec::new(),
            inside: Vec::new(),
            written: HashMap::new(),
            sealed: Vec::new(),
            live: BTreeMap::new(),
            blob_max,
        }
    }

    pub(super) fn count(&mut self, extent: Extent) {
        *self.live.entry(extent.blob).or_default() += extent.length;
    }

    /// Takes the entries of one text, whose JSON has about `size` bytes. `known` says where a text with some hash is
    /// stored already.
    pub(super) fn add(
        &mut self,
        entries: Vec<Entry>,
        size: usize,
        known: &mut dyn FnMut(&Sha256) -> Option<Extent>,
    ) -> Result<PlaceId, ListingError> {
        let place = self.places.len();
        self.places.push(Place::Waiting);
        let mut needs = Vec::new();
        self.missing(&entries, &mut needs);
        if needs.is_empty() {
            self.write(entries, place, known)?;
        } else {
            self.waiting_size += size;
            self.waiting.push(Text { entries, place, needs, size });
        }
        // What waits is in memory as entries, several times as large as its text.
        while self.open.len() >= self.blob_max || self.waiting_size > self.blob_max {
            self.seal(known)?;
        }
        Ok(place)
    }

    /// The texts that `entries` refer to and whose blob has no name yet.
    fn missing(&self, entries: &[Entry], needs: &mut Vec<PlaceId>) {
        for entry in entries {
            let Entry::Dir { shape, .. } = entry else { continue };
            match shape {
                Shape::Inline(entries) => self.missing(entries, needs),
                Shape::At(place) => self.missing_one(*place, needs),
                Shape::Pages(pages) => pages.iter().for_each(|(_, place)| self.missing_one(*place, needs)),
            }
        }
    }

    fn missing_one(&self, place: PlaceId, needs: &mut Vec<PlaceId>) {
        if !matches!(self.places.get(place), Some(Place::Known(_))) {
            needs.push(place);
        }
    }

    fn write(
        &mut self,
        entries: Vec<Entry>,
        place: PlaceId,
        known: &mut dyn FnMut(&Sha256) -> Option<Extent>,
    ) -> Result<(), ListingError> {
        let text = self.resolve(entries)?.to_json();
        self.write_text(&text, place, known);
        Ok(())
    }

    /// Takes a text that refers to nothing that has no name yet.
    pub(super) fn add_text(
        &mut self,
        text: &[u8],
        known: &mut dyn FnMut(&Sha256) -> Option<Extent>,
    ) -> PlaceId {
        let place = self.places.len();
        self.places.push(Place::Waiting);
        self.write_text(text, place, known);
        place
    }

    fn write_text(&mut self, text: &[u8], place: PlaceId, known: &mut dyn FnMut(&Sha256) -> Option<Extent>) {
        let hash = Sha256::of(text);
        let length = text.len() as u64;
        if let Some(extent) = known(&hash) {
            self.places[place] = Place::Known(extent);
            self.count(extent);
        } else if let Some(same) = self.written.get(&hash).copied() {
            self.places[place] = self.places[same];
            match self.places[same] {
                Place::Known(extent) => self.count(extent),
                _ => self.inside.push(place),
            }
        } else {
            self.written.insert(hash, place);
            self.places[place] = Place::Open { offset: self.open.len() as u64, length };
            self.inside.push(place);
            self.open.extend_from_slice(text);
        }
    }

    /// Names the open blob and writes what waited for it, into the next one.
    fn seal(&mut self, known: &mut dyn FnMut(&Sha256) -> Option<Extent>) -> Result<(), ListingError> {
        if !self.open.is_empty() {
            let bytes = std::mem::take(&mut self.open);
            let blob = Sha256::of(&bytes);
            for place in std::mem::take(&mut self.inside) {
                if let Place::Open { offset, length } = self.places[place] {
                    let extent = Extent { blob, offset, length };
                    self.places[place] = Place::Known(extent);
                    self.count(extent);
                }
            }
            self.sealed.push((blob, bytes));
        }
        for mut text in std::mem::take(&mut self.waiting) {
            let places = &self.places;
            text.needs.retain(|place| !matches!(places[*place], Place::Known(_)));
            if text.needs.is_empty() {
                self.waiting_size -= text.size;
                self.write(text.entries, text.place, known)?;
            } else {
                self.waiting.push(text);
            }
        }
        Ok(())
    }

    /// Seals until every text has its place.
    pub(super) fn finish(
        &mut self,
        known: &mut dyn FnMut(&Sha256) -> Option<Extent>,
    ) -> Result<(), ListingError> {
        // The first text that waits needs only texts that are written, so each turn writes one at least.
        while !self.open.is_empty() || !self.waiting.is_empty() {
            self.seal(known)?;
        }
        Ok(())
    }

    pub(super) fn resolve_shape(&self, shape: Shape) -> Result<Listing, ListingError> {
        Ok(match shape {
            Shape::Inline(entries) => Listing::Inline(self.resolve(entries)?),
            Shape::At(place) => Listing::At(self.extent(place)?),
            Shape::Pages(pages) => {
                let page = |(from, place): (EntryName, PlaceId)| Ok(Page { from, at: self.extent(place)? });
                Listing::Pages(pages.into_iter().map(page).collect::<Result<_, ListingError>>()?)
            }
        })
    }

    pub(super) fn extent(&self, place: PlaceId) -> Result<Extent, ListingError> {
        match self.places.get(place) {
            Some(Place::Known(extent)) => Ok(*extent),
            _ => Err(ListingError::Form),
        }
    }

    fn resolve(&self, entries: Vec<Entry>) -> Result<Entries, ListingError> {
        let (mut files, mut dirs, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            match entry {
                Entry::File(file) => files.push(file),
                Entry::Link(link) => links.push(link),
                Entry::Dir { name, mtime, file_count, size_bytes, shape } => {
                    let listing = self.resolve_shape(shape)?;
                    dirs.push(Dir { name, file_count, size_bytes, mtime, listing });
                }
            }
        }
        Entries::new(files, dirs, links)
    }
}

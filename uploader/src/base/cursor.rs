//! One directory of the base, read along as the folder's is: name by name, page by page.

use super::{Base, BaseError};
use crate::remote::Session;
use std::cmp::Ordering;
use std::collections::VecDeque;
use vitrine_protocol::{Dir, Entries, EntryName, Extent, File, Link, Listing};

/// What the base has under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prior {
    /// A file.
    File(Box<File>),
    /// A directory.
    Dir(Box<Dir>),
    /// A link.
    Link(Link),
}

/// A directory of the base, before a name.
#[derive(Default)]
pub struct Cursor {
    files: VecDeque<File>,
    dirs: VecDeque<Dir>,
    links: VecDeque<Link>,
    pages: VecDeque<Extent>,
    /// How many files were passed by: nothing asked for them, so they are gone.
    pub passed_files: u64,
}

impl Cursor {
    fn take(&mut self, entries: Entries) {
        self.files.extend(entries.files);
        self.dirs.extend(entries.dirs);
        self.links.extend(entries.links);
    }

    /// The least name that is loaded.
    fn least(&self) -> Option<&EntryName> {
        let file = self.files.front().map(|file| &file.name);
        let dir = self.dirs.front().map(|dir| &dir.name);
        let link = self.links.front().map(|link| &link.name);
        [file, dir, link].into_iter().flatten().min()
    }

    /// Removes the entry with the least name.
    fn pop(&mut self) -> Option<Prior> {
        let least = self.least()?.clone();
        if self.files.front().is_some_and(|file| file.name == least) {
            return self.files.pop_front().map(|file| Prior::File(Box::new(file)));
        }
        if self.dirs.front().is_some_and(|dir| dir.name == least) {
            return self.dirs.pop_front().map(|dir| Prior::Dir(Box::new(dir)));
        }
        self.links.pop_front().map(Prior::Link)
    }

    fn pass(&mut self, prior: Option<Prior>) {
        match prior {
            Some(Prior::File(_)) => self.passed_files += 1,
            Some(Prior::Dir(dir)) => self.passed_files += dir.file_count,
            Some(Prior::Link(_)) | None => {}
        }
    }
}

impl<S: Session> Base<S> {
    /// Before the first name of a directory; of an empty one without a listing.
    pub fn cursor(&self, listing: Option<Listing>) -> Cursor {
        let mut cursor = Cursor::default();
        match listing {
            None => {}
            Some(Listing::Inline(entries)) => self.open_page(&mut cursor, entries),
            Some(Listing::At(at)) => cursor.pages.push_back(at),
            Some(Listing::Pages(pages)) => cursor.pages.extend(pages.into_iter().map(|page| page.at)),
        }
        cursor
    }

    fn open_page(&self, cursor: &mut Cursor, entries: Entries) {
        if let Some(reader) = &self.reader {
            reader.ahead(entries.dirs.iter().map(|dir| &dir.listing));
        }
        cursor.take(entries);
    }

    async fn fill(&self, cursor: &mut Cursor) -> Result<(), BaseError> {
        while cursor.least().is_none()
            && let Some(at) = cursor.pages.pop_front()
        {
            match self.entries(at).await {
                Ok(entries) => self.open_page(cursor, entries),
                // What was in a listing that is known to be lost counts as new: it is read, and the listing written anew.
                Err(error) if error.is_damage() && self.is_blob_lost(&at.blob) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What the base has under `name`. Names must be asked for in their order.
    pub async fn seek(&self, cursor: &mut Cursor, name: &str) -> Result<Option<Prior>, BaseError> {
        loop {
            self.fill(cursor).await?;
            match cursor.least().map(|least| least.as_str().cmp(name)) {
                None | Some(Ordering::Greater) => return Ok(None),
                Some(Ordering::Equal) => return Ok(cursor.pop()),
                Some(Ordering::Less) => {
                    let passed = cursor.pop();
                    cursor.pass(passed);
                }
            }
        }
    }

    /// The next entry, whatever its name.
    pub(super) async fn step(&self, cursor: &mut Cursor) -> Result<Option<Prior>, BaseError> {
        self.fill(cursor).await?;
        Ok(cursor.pop())
    }

    /// Passes what is left by.
    pub async fn drain(&self, cursor: &mut Cursor) -> Result<(), BaseError> {
        loop {
            self.fill(cursor).await?;
            let Some(passed) = cursor.pop() else { return Ok(()) };
            cursor.pass(Some(passed));
        }
    }
}

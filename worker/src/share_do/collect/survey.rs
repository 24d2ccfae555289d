//! The pass over everything the bucket has of a share: marks, unmarks, counts, and says what is due. A page at a time,
//! merged with the marks of the same names. Called by [`super::collect`]; deletes nothing.

use super::marks::{Mark, Marks};
use super::policy::Timing;
use super::retire::Retiring;
use super::roots::Roots;
use super::{Ask, CollectError, Report};
use crate::store::{Listed, Page};
use vitrine_protocol::ObjectKey;
use vitrine_protocol::object_key::Named;

/// An object that may be deleted: its name after the share's prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doomed {
    pub(super) name: String,
    pub(super) size: u64,
}

/// What may be deleted, in the order in which it must be.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Manifests, and what was derived from their snapshots: who still reads one is told that it is gone, and does not
    /// run into missing blobs.
    pub(super) snapshots: Vec<Doomed>,
    pub(super) blobs: Vec<Doomed>,
    /// Of a deleted share.
    pub(super) latest: Option<Doomed>,
    /// Of a deleted share.
    pub(super) meta: Option<Doomed>,
}

pub(super) struct Survey<'a, M> {
    marks: &'a M,
    dry_run: bool,
    prefix: String,
    timing: Timing,
    roots: &'a Roots,
    retiring: &'a Retiring,
    /// The last name of the page before.
    after: String,
    needed_blobs_found: usize,
    report: Report,
    due: Due,
}

impl<'a, M: Marks> Survey<'a, M> {
    pub(super) fn new(
        marks: &'a M,
        ask: &Ask,
        timing: Timing,
        roots: &'a Roots,
        retiring: &'a Retiring,
    ) -> Self {
        Self {
            marks,
            dry_run: ask.dry_run,
            prefix: ObjectKey::share_prefix(ask.share),
            timing,
            roots,
            retiring,
            after: String::new(),
            needed_blobs_found: 0,
            report: Report { dry_run: ask.dry_run, ..Report::default() },
            due: Due::default(),
        }
    }

    /// Takes the next page. `is_quiet`: no publisher is at work.
    pub(super) fn page(&mut self, page: &Page, is_quiet: bool) -> Result<(), CollectError> {
        let mut names = page.objects.iter().filter_map(|object| object.key.strip_prefix(&self.prefix));
        let last = names.next_back().map(str::to_owned);
        let through = last.as_deref().filter(|_| page.next.is_some());
        if page.next.is_some() && through.is_none() {
            return Ok(());
        }
        let mut marks = self.marks.between(&self.after, through)?.into_iter().peekable();
        for object in &page.objects {
            let Some(name) = object.key.strip_prefix(&self.prefix) else { continue };
            while let Some((gone, _)) = marks.next_if(|(marked, _)| marked.as_str() < name) {
                self.unmark(&gone, 0)?;
            }
            let mark = marks.next_if(|(marked, _)| marked == name).map(|(_, mark)| mark);
            self.object(name, object, mark, is_quiet)?;
        }
        for (gone, _) in marks {
            self.unmark(&gone, 0)?;
        }
        self.after = last.unwrap_or_default();
        Ok(())
    }

    fn object(
        &mut self,
        name: &str,
        object: &Listed,
        mark: Option<Mark>,
        is_quiet: bool,
    ) -> Result<(), CollectError> {
        let Some(named) = Named::parse(name) else {
            self.report.unknown.add(object.size);
            return Ok(());
        };
        if self.roots.needs(named) {
            self.report.kept.add(object.size);
            self.needed_blobs_found += usize::from(matches!(named, Named::Blob(_)));
            return if mark.is_some() { self.unmark(name, object.size) } else { Ok(()) };
        }
        self.report.waiting.add(object.size);
        match mark.filter(|mark| mark.uploaded == object.uploaded && !self.restarts(named)) {
            Some(mark) if self.timing.is_due(mark) => self.doom(named, name, object.size),
            None if self.may_mark(named, is_quiet) => self.mark(name, object)?,
            None if mark.is_some() => self.unmark(name, object.size)?,
            Some(_) | None => {}
        }
        Ok(())
    }

    fn restarts(&self, named: Named) -> bool {
        matches!(named, Named::Blob(blob) if self.retiring.restarts(blob))
    }

    /// A manifest without a mark may be that of a commit to come, so it gets one only when its snapshot was retired, and
    /// no publisher is at work still.
    fn may_mark(&self, named: Named, is_quiet: bool) -> bool {
        match named {
            Named::Manifest(id) => is_quiet && self.retiring.has(id),
            Named::Artifact(_) => is_quiet,
            Named::Blob(_) | Named::Latest | Named::Meta => true,
        }
    }

    fn mark(&mut self, name: &str, object: &Listed) -> Result<(), CollectError> {
        self.report.marked.add(object.size);
        if !self.dry_run {
            self.marks.mark(name, Mark { since_age: self.timing.age, uploaded: object.uploaded })?;
        }
        Ok(())
    }

    fn unmark(&mut self, name: &str, size: u64) -> Result<(), CollectError> {
        self.report.unmarked.add(size);
        if !self.dry_run {
            self.marks.unmark(name)?;
        }
        Ok(())
    }

    /// Keeps no more than one run may delete.
    fn doom(&mut self, named: Named, name: &str, size: u64) {
        let doomed = Doomed { name: name.into(), size };
        let list = match named {
            Named::Manifest(_) | Named::Artifact(_) => &mut self.due.snapshots,
            Named::Blob(_) => &mut self.due.blobs,
            Named::Latest => return self.due.latest = Some(doomed),
            Named::Meta => return self.due.meta = Some(doomed),
        };
        if list.len() < self.timing.policy.max_deletes() {
            list.push(doomed);
        } else {
            self.report.more = true;
        }
    }

    pub(super) fn finish(mut self) -> (Report, Due) {
        self.report.missing_blobs =
            u64::try_from(self.roots.blobs().len().saturating_sub(self.needed_blobs_found))
                .unwrap_or(u64::MAX);
        // Snapshots that were not read yet may need what is due.
        if self.retiring.more {
            (self.due, self.report.more) = (Due::default(), true);
        }
        // A deleted share goes as a whole, when its `meta.json` has said so for long enough. Its `updated_at` is not asked:
        // it may be the word of a clock that was a year ahead.
        if self.roots.is_deleted() && self.due.meta.is_none() && !self.roots.is_past_its_end() {
            self.due = Due::default();
            self.report.more = self.retiring.more;
        }
        (self.report, self.due)
    }
}

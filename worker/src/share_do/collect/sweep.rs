//! Deletes what is due, in batches, and looks before each whether it still may. Called by [`super::collect`].

use super::marks::{Marks, Progress};
use super::roots::Roots;
use super::survey::{Doomed, Due};
use super::{Ask, CollectError, Gate, Report, Tally, Ticket};
use crate::store::{DELETE_MAX, Store};
use vitrine_protocol::ObjectKey;

pub(super) struct Sweep<'a, S, M, G> {
    pub(super) store: &'a S,
    pub(super) marks: &'a M,
    pub(super) gate: &'a G,
    pub(super) ask: &'a Ask,
    pub(super) roots: &'a Roots,
}

impl<S: Store, M: Marks, G: Gate> Sweep<'_, S, M, G> {
    /// Deletes up to the run's limit: snapshots, then blobs; then, of a deleted share of which nothing else is left,
    /// `latest.json` and at the very end `meta.json`.
    pub(super) async fn run(&self, due: Due, report: &mut Report) -> Result<(), CollectError> {
        let mut left = self.ask.policy.max_deletes();
        let documents = [&due.latest, &due.meta].into_iter().flatten().count() as u64;
        for stage in [due.snapshots, due.blobs] {
            if !self.stage(&stage, &mut left, report).await? {
                return Ok(());
            }
        }
        for document in [due.latest, due.meta] {
            let stage: Vec<Doomed> = document.into_iter().collect();
            let is_last = report.waiting.objects <= documents;
            if !(is_last || stage.is_empty()) || !self.stage(&stage, &mut left, report).await? {
                return Ok(());
            }
        }
        report.gone = self.roots.is_deleted() && report.waiting == Tally::default();
        Ok(())
    }

    /// Says whether all of it was deleted.
    async fn stage(
        &self,
        stage: &[Doomed],
        left: &mut usize,
        report: &mut Report,
    ) -> Result<bool, CollectError> {
        let mut rest = stage;
        while !rest.is_empty() {
            if *left == 0 {
                report.more = true;
                return Ok(false);
            }
            let (batch, after) = rest.split_at(rest.len().min(*left).min(DELETE_MAX));
            if !self.batch(batch).await? {
                report.held_back = true;
                return Ok(false);
            }
            for doomed in batch {
                report.deleted.add(doomed.size);
                report.waiting.objects = report.waiting.objects.saturating_sub(1);
                report.waiting.bytes = report.waiting.bytes.saturating_sub(doomed.size);
            }
            *left -= batch.len();
            rest = after;
        }
        Ok(true)
    }

    /// Says whether it was allowed to. Its marks go after the objects: marks without objects are removed by the next run,
    /// and an object that comes back has another time.
    async fn batch(&self, batch: &[Doomed]) -> Result<bool, CollectError> {
        if self.ask.ticket != Ticket::None {
            return Ok(false);
        }
        if self.ask.dry_run {
            return Ok(true);
        }
        let Some(_inside) = self.gate.enter() else { return Ok(false) };
        if !self.roots.still_hold(self.store, self.ask.share).await? {
            return Ok(false);
        }
        if self.roots.is_deleted() {
            self.marks.set_progress(&Progress { destroying: true, ..self.marks.progress()? })?;
        }
        let prefix = ObjectKey::share_prefix(self.ask.share);
        let keys: Vec<String> = batch.iter().map(|doomed| format!("{prefix}{}", doomed.name)).collect();
        self.store.delete(&keys).await?;
        for doomed in batch {
            self.marks.unmark(&doomed.name)?;
        }
        Ok(true)
    }
}

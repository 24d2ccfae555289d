//! Small files sorted by the blob that holds them, so that a pack is fetched once.
//!
//! A group is complete when all of its blob that the snapshot refers to was seen, and then leaves; too many files waiting make
//! the oldest group leave early. Pure: nothing is fetched here.

use super::place::Wanted;
use crate::reading::CHUNK;
use crate::reading::snapshot::WHOLE_BLOB_MAX;
use std::collections::{HashMap, HashSet, VecDeque};
use vitrine_protocol::manifest::BlobRow;
use vitrine_protocol::{Extent, Sha256};

/// So many files may wait for the rest of their packs: some 30 MB of names.
const WAITING_MAX: usize = 65_536;

/// Ranges of one blob with less than this between them are fetched together: a request costs more than the gap.
const GAP_MAX: u64 = 64 * 1024;

/// What one request fetches, and who waits for it.
pub(super) struct Request {
    /// The range; it starts at 0 and is as long as the blob when `whole`.
    pub(super) at: Extent,
    /// Whether the blob is fetched without a range.
    pub(super) whole: bool,
    /// The files in it, in the order of their places in it.
    pub(super) wanted: Vec<(Extent, Wanted)>,
}

/// The groups that are not complete.
#[derive(Default)]
pub(super) struct Groups {
    open: HashMap<Sha256, Group>,
    order: VecDeque<Sha256>,
    waiting: usize,
}

#[derive(Default)]
struct Group {
    row: Option<BlobRow>,
    wanted: Vec<(Extent, Wanted)>,
    /// Where the ranges begin that were seen, and their sum: two files of one content are one range.
    starts: HashSet<u64>,
    seen: u64,
}

impl Groups {
    /// Takes note of a file that is that extent; `None` for one that needs nothing. Returns what is to be fetched now.
    pub(super) fn add(&mut self, row: Option<BlobRow>, at: Extent, wanted: Option<Wanted>) -> Vec<Request> {
        let order = &mut self.order;
        let group = self.open.entry(at.blob).or_insert_with(|| {
            order.push_back(at.blob);
            Group { row, ..Group::default() }
        });
        if group.starts.insert(at.offset) {
            group.seen += at.length;
        }
        if let Some(wanted) = wanted {
            group.wanted.push((at, wanted));
            self.waiting += 1;
        }
        let complete = row.is_none_or(|row| group.seen >= row.live_bytes.min(row.size));
        if complete {
            return self.close(at.blob);
        }
        let mut requests = Vec::new();
        while self.waiting > WAITING_MAX {
            let Some(oldest) = self.order.pop_front() else { break };
            requests.extend(self.close(oldest));
        }
        requests
    }

    /// Everything that still waits.
    pub(super) fn finish(&mut self) -> Vec<Request> {
        let rest: Vec<Sha256> = self.order.drain(..).collect();
        rest.into_iter().flat_map(|blob| self.close(blob)).collect()
    }

    fn close(&mut self, blob: Sha256) -> Vec<Request> {
        let Some(group) = self.open.remove(&blob) else { return Vec::new() };
        // The complete ones are mostly at the front; the others are forgotten where they stand.
        if self.order.front() == Some(&blob) {
            self.order.pop_front();
        } else if self.order.len() > 2 * self.open.len() + 16 {
            let open = &self.open;
            self.order.retain(|blob| open.contains_key(blob));
        }
        self.waiting -= group.wanted.len();
        group.requests(blob)
    }
}

impl Group {
    fn requests(mut self, blob: Sha256) -> Vec<Request> {
        self.wanted.sort_by_key(|(at, _)| (at.offset, at.length));
        let mut requests: Vec<Request> = Vec::new();
        for (at, wanted) in self.wanted {
            if let Some(request) = requests.last_mut()
                && at.offset <= request.at.end() + GAP_MAX
                && at.end().saturating_sub(request.at.offset) <= CHUNK.max(request.at.length)
            {
                request.at.length = request.at.length.max(at.end() - request.at.offset);
                request.wanted.push((at, wanted));
            } else {
                requests.push(Request { at, whole: false, wanted: vec![(at, wanted)] });
            }
        }
        let fetched: u64 = requests.iter().map(|request| request.at.length).sum();
        match self.row {
            Some(row) if row.size <= WHOLE_BLOB_MAX && fetched >= row.size / 2 && fetched <= row.size => {
                let at = Extent { blob, offset: 0, length: row.size };
                let wanted: Vec<_> = requests.into_iter().flat_map(|request| request.wanted).collect();
                if wanted.is_empty() { Vec::new() } else { vec![Request { at, whole: true, wanted }] }
            }
            _ => requests,
        }
    }
}

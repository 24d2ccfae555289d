//! Reads a published snapshot again, all of it, and says what is wrong with it.
//!
//! In this order: `tree` reads every listing and notes where each file is; `index` looks whether the path index has as many
//! files; `blobs` reads every blob of the inventory once,
//! hashes it, and hashes the files in it while it passes by; files of several extents are read on their own by `files`.
//! Nothing is written. What cannot be read for a reason of the network is an error; what is damaged is a finding, and the
//! check goes on. Memory grows with the number of files, by some 110 bytes each and their names: each must be met in its blob.

mod blobs;
mod files;
mod index;
mod tree;

#[cfg(test)]
mod tests;

use crate::reading::budget::Budget;
use crate::reading::{Counts, Damage, ReadingError, Snapshot, Source};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{ManifestId, Sha256, ShareId};

/// Bytes that were fetched and not yet hashed.
const MEMORY: u64 = 64 << 20;

/// Why the check did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Something could not be read, whatever is stored.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// A thread ended before its time.
    #[error("A thread of the check failed")]
    Thread,
}

/// What is wrong with a blob.
pub type Wrong = Damage;

/// Why a file cannot be had as it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurt {
    /// A blob that it needs is not there, or too short for it.
    Blob(Damage),
    /// Its bytes are not those that were published.
    Hash,
    /// Its bytes are right, but the CRC-32 that ZIPs are made with is not.
    Crc32,
    /// It refers to a blob that the inventory does not have.
    Unlisted,
    /// It refers to bytes behind the end of a blob.
    Outside,
}

impl std::fmt::Display for Hurt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blob(damage) => write!(f, "a blob that it needs is damaged: {damage}"),
            Self::Hash => f.write_str("its bytes are not those that were published"),
            Self::Crc32 => f.write_str("its CRC-32 is wrong"),
            Self::Unlisted => f.write_str("it refers to a blob that is not in the inventory"),
            Self::Outside => f.write_str("it refers to bytes behind the end of a blob"),
        }
    }
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The share.
    pub share_id: ShareId,
    /// The snapshot.
    pub manifest_id: ManifestId,
    /// How many files are in it, as counted.
    pub files: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// How many blobs it needs.
    pub blobs: u64,
    /// The sum of their sizes.
    pub blob_bytes: u64,
    /// The blobs that are not what they should be, by name.
    pub bad_blobs: Vec<(Sha256, Wrong)>,
    /// The files that cannot be had, by path.
    pub hurt_files: Vec<(String, Hurt)>,
    /// The folders whose listing cannot be read, by path; what is in them is unknown. The root is the empty path.
    pub hurt_folders: Vec<String>,
    /// Numbers that do not add up, and references that lead nowhere, each as a sentence without its full stop.
    pub contradictions: Vec<String>,
}

impl Verified {
    /// Whether everything is as it should be.
    pub fn is_whole(&self) -> bool {
        self.bad_blobs.is_empty()
            && self.hurt_files.is_empty()
            && self.hurt_folders.is_empty()
            && self.contradictions.is_empty()
    }

    /// The blobs that a publish must not rely on.
    pub fn distrusted(&self) -> HashSet<Sha256> {
        self.bad_blobs.iter().map(|(blob, _)| *blob).collect()
    }
}

/// What is wrong so far. Each blob and each file is told of once.
#[derive(Default)]
struct Findings {
    blobs: BTreeMap<Sha256, Wrong>,
    files: BTreeMap<String, Hurt>,
    folders: Vec<String>,
    contradictions: Vec<String>,
}

impl Findings {
    fn merge(&mut self, other: Self) {
        self.blobs.extend(other.blobs);
        self.files.extend(other.files);
        self.folders.extend(other.folders);
        self.contradictions.extend(other.contradictions);
    }
}

/// Shared by all parts of a check.
struct Check<S> {
    snapshot: Snapshot<S>,
    counts: Arc<Counts>,
    budget: Budget,
}

/// Checks a snapshot, with so many requests at a time.
pub async fn verify<S: Source>(
    snapshot: Snapshot<S>,
    counts: Arc<Counts>,
    jobs: usize,
) -> Result<Verified, VerifyError> {
    let check = Arc::new(Check { snapshot, counts, budget: Budget::of(MEMORY) });
    let mut findings = Findings::default();
    let tree = tree::read(&check, &mut findings).await?;
    index::check(&check, tree.files, &mut findings).await?;
    let rows = blobs_to_check(&check, &mut findings).await?;
    let (blobs, blob_bytes) = (rows.len() as u64, rows.iter().map(|(_, size)| size).sum());
    let rest: u64 = tree.apart.iter().map(|file| file.file.size).sum();
    check.counts.expect(tree.files, rest.saturating_add(blob_bytes));
    let folders = Arc::new(tree.folders);
    blobs::check(&check, rows, (&folders, tree.inside), jobs, &mut findings).await?;
    files::check(&check, tree.apart, jobs, &mut findings).await?;
    let latest = check.snapshot.latest();
    Ok(Verified {
        share_id: latest.share_id,
        manifest_id: latest.manifest_id,
        files: tree.files,
        bytes: tree.bytes,
        blobs,
        blob_bytes,
        bad_blobs: findings.blobs.into_iter().collect(),
        hurt_files: findings.files.into_iter().collect(),
        hurt_folders: findings.folders,
        contradictions: findings.contradictions,
    })
}

/// Every blob of the inventory, and the one that holds the inventory, which does not list itself.
async fn blobs_to_check<S: Source>(
    check: &Check<S>,
    findings: &mut Findings,
) -> Result<Vec<(Sha256, u64)>, VerifyError> {
    let mut rows: Vec<_> = check.snapshot.inventory().iter().map(|row| (row.blob, row.size)).collect();
    if let Inventory::At(at) = &check.snapshot.manifest().blobs
        && check.snapshot.blob_size(&at.blob).is_none()
    {
        match check.snapshot.measure(at.blob).await? {
            Some(size) => rows.push((at.blob, size)),
            None => _ = findings.blobs.insert(at.blob, Damage::Missing),
        }
    }
    Ok(rows)
}

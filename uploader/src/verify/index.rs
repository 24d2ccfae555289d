//! The index of all paths: whether it can be read, and lists as many files as there are.

use super::tree::place;
use super::{Check, Findings, VerifyError};
use crate::reading::Source;
use vitrine_protocol::index::page::{self, DIR, LINK};
use vitrine_protocol::index::{IndexPage, PathIndex, inflate};
use vitrine_protocol::tree::ExtentSource as _;
use vitrine_protocol::{Extent, Sha256};

/// Reads all pages. `files` is how many files the listings have, as far as they could be read.
pub(super) async fn check<S: Source>(
    check: &Check<S>,
    files: u64,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let Some(index) = &check.snapshot.manifest().index else { return Ok(()) };
    let Some(pages) = pages(check, index, findings).await? else { return Ok(()) };
    let mut listed = 0;
    for page in pages {
        let Some(stored) = read(check, page.at, findings).await? else { return Ok(()) };
        match count(&page, &stored) {
            Ok(files) => listed += files,
            Err(fault) => {
                findings.contradictions.push(format!("a page of the path index: {fault}"));
                return Ok(());
            }
        }
    }
    // What is in a folder that cannot be read is unknown.
    if findings.folders.is_empty() && findings.blobs.is_empty() && listed != files {
        findings.contradictions.push(format!("the path index lists {listed} files, and there are {files}"));
    }
    Ok(())
}

/// The list of the pages; nothing when it is not what it should be.
async fn pages<S: Source>(
    check: &Check<S>,
    index: &PathIndex,
    findings: &mut Findings,
) -> Result<Option<Vec<IndexPage>>, VerifyError> {
    let at = match index {
        PathIndex::Pages(pages) => return Ok(Some(pages.clone())),
        PathIndex::At(at) => *at,
    };
    let Some(bytes) = read(check, at, findings).await? else { return Ok(None) };
    Ok(PathIndex::pages_from_json(&bytes)
        .map_err(|error| findings.contradictions.push(format!("the list of the path index: {error}")))
        .ok())
}

/// The bytes of an extent; nothing when its blob is damaged, which the check of the blobs says.
async fn read<S: Source>(
    check: &Check<S>,
    at: Extent,
    findings: &mut Findings,
) -> Result<Option<Vec<u8>>, VerifyError> {
    if let Err(hurt) = place(check, at) {
        findings.contradictions.push(format!("the path index: {hurt}"));
        return Ok(None);
    }
    match check.snapshot.read(at).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err((*error).into()),
    }
}

/// How many files a page lists, or what is wrong with it.
fn count(page: &IndexPage, stored: &[u8]) -> Result<u64, String> {
    let text = inflate(stored).map_err(|error| error.to_string())?;
    if Sha256::of(&text) != page.hash {
        return Err("it does not have its hash".to_owned());
    }
    let lines = page::read(&text).map_err(|error| error.to_string())?;
    Ok(lines.iter().filter(|line| line.kind != DIR && line.kind != LINK).count() as u64)
}

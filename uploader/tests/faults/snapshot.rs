//! The invariant: what `latest.json` names is whole. Every hash is computed again from the stored bytes.

use crate::folder::Contents;
use crate::store::State;
use bytes::Bytes;
use futures_util::FutureExt as _;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::tree::{ExtentSource, entries};
use vitrine_protocol::{Extent, File, Latest, Listing, Manifest, ObjectKey, Sha256, ShareId};

/// What is wrong with a snapshot, in words.
type Checked<T> = Result<T, String>;

/// Blobs that were hashed already are not hashed again.
struct Blobs<'a> {
    state: &'a State,
    share: ShareId,
    good: std::cell::RefCell<std::collections::BTreeSet<Sha256>>,
}

impl Blobs<'_> {
    fn blob(&self, hash: Sha256) -> Checked<&Bytes> {
        let key = ObjectKey::blob(self.share, hash).to_string();
        let bytes = self.state.objects.get(&key).ok_or_else(|| format!("{key} is missing"))?;
        if self.good.borrow_mut().insert(hash) && Sha256::of(bytes) != hash {
            return Err(format!("{key} does not hash to its name"));
        }
        Ok(bytes)
    }

    fn extent(&self, extent: Extent) -> Checked<&[u8]> {
        let range = usize::try_from(extent.offset).unwrap()..usize::try_from(extent.end()).unwrap();
        self.blob(extent.blob)?.get(range).ok_or_else(|| format!("{extent:?} leads out of its blob"))
    }

    fn file(&self, path: &str, file: &File) -> Checked<()> {
        let mut bytes = Vec::new();
        for extent in file.extents() {
            bytes.extend_from_slice(self.extent(extent).map_err(|error| format!("{path}: {error}"))?);
        }
        if let Some(chunks) = file.chunks {
            self.extent(chunks).map_err(|error| format!("{path}, chunks: {error}"))?;
        }
        if bytes.len() as u64 != file.size || Sha256::of(&bytes) != file.hash {
            return Err(format!("{path} does not have the content that it claims"));
        }
        if crc32fast::hash(&bytes) != file.crc32 {
            return Err(format!("{path} does not have the CRC-32 that it claims"));
        }
        Ok(())
    }

    fn directory(&self, prefix: &str, listing: &Listing, found: &mut Contents) -> Checked<()> {
        let listed = entries(listing, self).now_or_never().ok_or("the source waits")?;
        let listed = listed.map_err(|error| format!("the listing of `{prefix}`: {error:?}"))?;
        for file in &listed.files {
            let path = format!("{prefix}{}", file.name.as_str());
            self.file(&path, file)?;
            found.insert(path, (file.size, file.hash));
        }
        for dir in &listed.dirs {
            self.directory(&format!("{prefix}{}/", dir.name.as_str()), &dir.listing, found)?;
        }
        Ok(())
    }

    fn inventory(&self, blobs: &Inventory) -> Checked<()> {
        let rows = match blobs {
            Inventory::Inline(rows) => rows.clone(),
            Inventory::At(at) => {
                Inventory::rows_from_json(self.extent(*at)?).map_err(|error| format!("inventory: {error}"))?
            }
        };
        for row in rows {
            if self.blob(row.blob)?.len() as u64 != row.size {
                return Err(format!("blob {} has another length than the inventory says", row.blob));
            }
        }
        Ok(())
    }
}

impl ExtentSource for Blobs<'_> {
    type Error = String;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, String> {
        self.extent(extent).map(<[u8]>::to_vec)
    }
}

/// Checks the snapshot that readers see now, and returns its files; `None` before the first publish.
pub(crate) fn check(state: &State, share: ShareId) -> Checked<Option<Contents>> {
    let Some(bytes) = state.objects.get(&ObjectKey::latest(share).to_string()) else { return Ok(None) };
    let latest = Latest::from_json(bytes).map_err(|error| format!("latest.json: {error}"))?;
    let key = ObjectKey::manifest(share, latest.manifest_id).to_string();
    let bytes = state.objects.get(&key).ok_or_else(|| format!("{key} is missing"))?;
    if Sha256::of(bytes) != latest.manifest_hash {
        return Err(format!("{key} does not have the hash that latest.json says"));
    }
    let manifest = Manifest::from_json(bytes).map_err(|error| format!("{key}: {error}"))?;
    let blobs = Blobs { state, share, good: std::cell::RefCell::default() };
    blobs.inventory(&manifest.blobs)?;
    let mut found = Contents::new();
    blobs.directory("", &manifest.root, &mut found)?;
    let bytes: u64 = found.values().map(|(size, _)| size).sum();
    if (found.len() as u64, bytes) != (latest.file_count, latest.size_bytes) {
        return Err("latest.json counts other files than there are".to_owned());
    }
    Ok(Some(found))
}

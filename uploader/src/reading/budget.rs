//! How many bytes that were fetched may be in memory, whatever the number of requests.
//!
//! Whoever holds some of it and wants more must not wait for it, or two could wait for each other: hence [`Budget::try_take`].

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit stands for: fine enough for small files, coarse enough for the semaphore's counter.
const UNIT: u64 = 4096;

/// Bytes that may be in memory together. Clones share them.
#[derive(Clone)]
pub struct Budget {
    units: Arc<Semaphore>,
    all: u32,
}

/// Some of a budget; given back when it is dropped.
pub type Share = OwnedSemaphorePermit;

impl Budget {
    /// A budget of so many bytes.
    pub fn of(bytes: u64) -> Self {
        let all = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(all as usize)), all }
    }

    fn units(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).clamp(1, self.all)
    }

    /// Waits for `bytes`; what is more than all there is waits for all of it. `None` never comes: nothing closes it.
    pub async fn take(&self, bytes: u64) -> Option<Share> {
        Arc::clone(&self.units).acquire_many_owned(self.units(bytes)).await.ok()
    }

    /// Takes `bytes` if they are free now.
    pub fn try_take(&self, bytes: u64) -> Option<Share> {
        Arc::clone(&self.units).try_acquire_many_owned(self.units(bytes)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_bounded_and_given_back() {
        let budget = Budget::of(10 * UNIT);
        let first = budget.take(6 * UNIT).await;
        assert!(budget.try_take(5 * UNIT).is_none());
        drop(first);
        assert!(budget.take(1 << 40).await.is_some());
    }
}

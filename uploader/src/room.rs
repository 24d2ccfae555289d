//! How much of other people's memory a publish may hold at a time, whatever the number of files under way.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit stands for: fine enough for small files, coarse enough for the semaphore's counter.
const UNIT: u64 = 4096;

/// Bytes that may be in memory together. Clones share them.
#[derive(Clone)]
pub struct Room {
    units: Arc<Semaphore>,
    all: u32,
}

impl Room {
    /// Room for `bytes`.
    pub fn of(bytes: u64) -> Self {
        let all = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// Waits for room for `bytes`; what is larger than half the room waits for half of it, so that there is always room for
    /// something beside it.
    pub async fn take(&self, bytes: u64) -> OwnedSemaphorePermit {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).clamp(1, self.all.div_ceil(2));
        let permit = Arc::clone(&self.units).acquire_many_owned(units).await;
        permit.expect("the semaphore is never closed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_room_is_bounded_and_given_back() {
        let room = Room::of(10 * UNIT);
        let first = room.take(4 * UNIT).await;
        let second = room.take(1 << 40).await;
        let too_early = tokio::time::timeout(std::time::Duration::from_millis(10), room.take(1 << 40)).await;
        assert!(too_early.is_err());
        drop(first);
        drop(second);
        drop(room.take(1 << 40).await);
    }
}

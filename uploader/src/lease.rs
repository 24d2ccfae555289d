//! Holding a lease while publishing, and taking it again after a crash.
//!
//! The server grants one lease per share. A program that was killed leaves its lease behind; the next one on this machine
//! may take it again at once because it knows the same nonce, kept in a file beside a lock that only the living hold.

use crate::remote::{RemoteError, Session};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vitrine_protocol::ShareId;

/// The longest life that a server is believed: what it says may be any number, and clocks overflow.
const LIFE_MAX: Duration = Duration::from_hours(24);

/// Why a share cannot be locked on this machine.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another living program publishes it.
    #[error("Another vitrine on this machine is publishing the share {share}")]
    Held {
        /// The share.
        share: ShareId,
    },
    /// The file could not be used; the publish can go on without.
    #[error("Could not use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// This machine's lock on a share; let go when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    /// What the server knows us by, the same after a crash.
    pub nonce: String,
}

impl Lock {
    /// Locks `share` below `state_dir`, which is made if it is not there.
    pub fn take(state_dir: &Path, share: ShareId) -> Result<Self, LockError> {
        let dir = state_dir.join("leases");
        let path = dir.join(share.to_string());
        let failed = |source: io::Error| LockError::File { path: path.clone(), source };
        std::fs::create_dir_all(&dir).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LockError::Held { share }),
            Err(errno) => return Err(failed(errno.into())),
        }
        let mut nonce = String::new();
        (&mut file).take(100).read_to_string(&mut nonce).map_err(failed)?;
        if nonce.len() < 32 {
            nonce = crate::random::token().map_err(|error| failed(io::Error::other(error)))?;
            file.rewind().and_then(|()| file.write_all(nonce.as_bytes())).map_err(failed)?;
        }
        Ok(Self { _file: file, nonce })
    }
}

/// Renews the lease every third of its life. Ends only when it is lost, or could not be renewed in time.
pub(crate) async fn heartbeat<S: Session>(session: &S) -> RemoteError {
    let Some(life) = session.grant().lease else { return std::future::pending().await };
    let mut life = life.min(LIFE_MAX);
    let mut ends = tokio::time::Instant::now() + life;
    let mut unanswered = false;
    loop {
        let third = (life / 3).max(Duration::from_millis(10));
        // The end of an outage must be noticed before the lease ends.
        tokio::time::sleep(if unanswered { third / 10 } else { third }).await;
        // A renewal that hangs must not use up the two thirds that are left.
        match tokio::time::timeout(third, session.renew()).await {
            Ok(Ok(renewed)) => {
                unanswered = false;
                life = renewed.min(LIFE_MAX);
                ends = tokio::time::Instant::now() + life;
            }
            Ok(Err(error)) if !error.is_unanswered() || tokio::time::Instant::now() >= ends => return error,
            Err(_) if tokio::time::Instant::now() >= ends => {
                let code = vitrine_protocol::ErrorCode::LeaseLost;
                return RemoteError::refused("renew the publish", code, "no heartbeat was answered in time");
            }
            // Unanswered, or not answered yet: there is time for another.
            Ok(Err(_)) | Err(_) => unanswered = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_survives_and_the_lock_excludes() {
        let temp = tempfile::tempdir().unwrap();
        let share = ShareId::from_random('0', [7; 25]).unwrap();
        let first = Lock::take(temp.path(), share).unwrap();
        let nonce = first.nonce.clone();
        assert!(nonce.len() >= 32);
        assert!(matches!(Lock::take(temp.path(), share), Err(LockError::Held { .. })));
        drop(first);
        // Another test may be starting a program just now: until that is under way it holds a copy of every descriptor.
        let again = (0..10_000).find_map(|_| {
            std::thread::yield_now();
            Lock::take(temp.path(), share).ok()
        });
        assert_eq!(again.map(|lock| lock.nonce), Some(nonce));
        assert!(Lock::take(Path::new("/proc/nowhere"), share).is_err());
    }
}

//! The lease of a share as a state machine without I/O: who may publish, until when, under which epoch.
//!
//! Every grant has a higher epoch than the one before, for ever; a call that names an old epoch is refused. That, with the
//! conditional put of `latest.json`, is what keeps two publishers apart.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::Base;
use vitrine_protocol::limits::LEASE_MS;

/// What is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeaseState {
    /// The last epoch granted.
    #[serde(default)]
    pub(crate) epoch: u64,
    /// The grant, while there is one.
    #[serde(default)]
    pub(crate) held: Option<Held>,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) holder: String,
    /// What lets the same asker in again.
    pub(crate) nonce: Option<String>,
    /// Milliseconds since the epoch, by this side's clock.
    pub(crate) expires_at: i64,
    /// The snapshot that the publish began from.
    pub(crate) base: Option<Base>,
    /// When it was granted.
    #[serde(default)]
    pub(crate) begun_at: i64,
}

/// When a lease that is granted or renewed now ends.
pub(super) fn end_of_lease(now: i64) -> i64 {
    now.saturating_add(i64::try_from(LEASE_MS).unwrap_or(i64::MAX))
}

impl LeaseState {
    /// Grants the lease, unless another asker holds it.
    pub(crate) fn begin(
        &mut self,
        now: i64,
        holder: String,
        nonce: Option<String>,
        base: Option<Base>,
    ) -> Result<(u64, i64), Failure> {
        if let Some(held) = self.held.as_ref().filter(|held| held.expires_at > now) {
            let same = nonce.is_some() && held.nonce == nonce;
            if !same {
                let seconds = (held.expires_at - now).max(0) / 1000 + 1;
                return Err(Failure::new(
                    ErrorCode::LeaseHeld,
                    format!(
                        "It is held by {}.",
                        if held.holder.is_empty() { "another publisher" } else { &held.holder }
                    ),
                )
                .hint(format!("Try again when it is done, or in {seconds} s if it was killed.")));
            }
        }
        self.epoch += 1;
        let expires_at = end_of_lease(now);
        self.held = Some(Held { holder, nonce, expires_at, base, begun_at: now });
        Ok((self.epoch, expires_at))
    }

    /// Prolongs the lease; returns its new end.
    pub(crate) fn renew(&mut self, now: i64, epoch: u64) -> Result<i64, Failure> {
        self.check(now, epoch)?;
        let expires_at = end_of_lease(now);
        if let Some(held) = &mut self.held {
            held.expires_at = expires_at;
        }
        Ok(expires_at)
    }

    /// The base of the grant, when `epoch` still has it.
    pub(crate) fn check(&self, now: i64, epoch: u64) -> Result<Option<Base>, Failure> {
        match &self.held {
            Some(held) if self.epoch == epoch && held.expires_at > now => Ok(held.base),
            _ => Err(Failure::new(
                ErrorCode::LeaseLost,
                "Its heartbeat was too late, or another publish has begun since. Nothing was changed.",
            )
            .hint("Publish again.")),
        }
    }

    /// Gives the lease back; says whether `epoch` had it.
    pub(crate) fn release(&mut self, epoch: u64) -> bool {
        let had = self.epoch == epoch && self.held.is_some();
        if had {
            self.held = None;
        }
        had
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEASE: i64 = 90_000;

    fn begin(state: &mut LeaseState, now: i64, nonce: &str) -> Result<u64, String> {
        let nonce = (!nonce.is_empty()).then(|| nonce.to_owned());
        state
            .begin(now, "host".into(), nonce, None)
            .map(|(epoch, _)| epoch)
            .map_err(|failure| failure.problem.code)
    }

    #[test]
    fn one_holder_at_a_time() {
        let mut state = LeaseState::default();
        assert_eq!(begin(&mut state, 0, "a"), Ok(1));
        assert_eq!(begin(&mut state, LEASE - 1, "b"), Err("lease_held".into()));
        assert_eq!(begin(&mut state, LEASE - 1, ""), Err("lease_held".into()), "no nonce is nobody's nonce");
        assert_eq!(begin(&mut state, LEASE, "b"), Ok(2), "an expired lease is free");
        assert!(state.check(LEASE, 1).is_err(), "and its old epoch is dead");
    }

    #[test]
    fn the_same_asker_gets_in_again_under_a_new_epoch() {
        let mut state = LeaseState::default();
        assert_eq!(begin(&mut state, 0, "a"), Ok(1));
        assert_eq!(begin(&mut state, 1, "a"), Ok(2));
        assert!(state.check(2, 1).is_err());
        assert!(state.check(2, 2).is_ok());
    }

    #[test]
    fn heartbeats_keep_it() {
        let mut state = LeaseState::default();
        begin(&mut state, 0, "a").unwrap();
        assert_eq!(state.renew(60_000, 1).unwrap(), 60_000 + LEASE);
        assert!(state.check(LEASE + 1, 1).is_ok());
        assert!(state.renew(60_000 + LEASE, 1).is_err(), "too late");
        assert!(state.renew(61_000, 7).is_err(), "another epoch");
    }

    #[test]
    fn giving_back_is_idempotent_and_only_for_the_holder() {
        let mut state = LeaseState::default();
        begin(&mut state, 0, "a").unwrap();
        assert!(!state.release(9));
        assert!(state.release(1));
        assert!(!state.release(1));
        assert_eq!(begin(&mut state, 1, "b"), Ok(2));
    }

    proptest! {
        #[test]
        fn two_live_epochs_never_exist(steps in prop::collection::vec((0u8..4, 0usize..3, 0i64..100_000), 1..60)) {
            let (mut state, mut now) = (LeaseState::default(), 0);
            let mut granted: Vec<u64> = Vec::new();
            for (what, who, wait) in steps {
                now += wait;
                match what {
                    0 => granted.extend(begin(&mut state, now, ["a", "b", "c"][who]).ok()),
                    1 => { let _ = state.renew(now, granted.get(who).copied().unwrap_or(0)); }
                    2 => { state.release(granted.get(who).copied().unwrap_or(0)); }
                    _ => {}
                }
                prop_assert!(granted.is_sorted());
                let live = granted.iter().filter(|epoch| state.check(now, **epoch).is_ok()).count();
                prop_assert!(live <= 1);
            }
        }
    }
}

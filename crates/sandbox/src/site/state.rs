//! What the site remembers: who came, and which addresses have already failed once. Owns both, within bounds.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::bounds::{SITE_ADDRESSES, SITE_VISIT_BYTES, SITE_VISITS};

/// A request to the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteVisit {
    /// The path and the query, shortened when they are very long.
    pub address: String,
    /// The `User-Agent`, or nothing.
    pub agent: String,
    /// When, in milliseconds since the Unix epoch on the sandbox's clock.
    pub at_ms: u64,
}

/// The beginning of a text, as much of it as is remembered.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(SITE_VISIT_BYTES)]
}

/// The site's memory.
#[derive(Debug, Default)]
pub(crate) struct Site {
    visits: Mutex<VecDeque<SiteVisit>>,
    failed: Mutex<VecDeque<String>>,
}

impl Site {
    pub(super) fn visited(&self, address: &str, agent: &str, at_ms: u64) {
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        if visits.len() >= SITE_VISITS {
            visits.pop_front();
        }
        visits.push_back(SiteVisit {
            address: shortened(address).to_owned(),
            agent: shortened(agent).to_owned(),
            at_ms,
        });
    }

    /// The visits so far, oldest first.
    pub(crate) fn visits(&self) -> Vec<SiteVisit> {
        let visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.iter().cloned().collect()
    }

    /// Whether an address is asked for the first time.
    pub(super) fn is_first(&self, address: &str) -> bool {
        let address = shortened(address);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.iter().any(|known| known == address) {
            return false;
        }
        if failed.len() >= SITE_ADDRESSES {
            failed.pop_front();
        }
        failed.push_back(address.to_owned());
        true
    }
}

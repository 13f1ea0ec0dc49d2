//! The networks' names as the rest of the program has them.

use std::sync::{Mutex, PoisonError};

use duologue_core::NetworkId;

use crate::fault::{Result, impossible};

/// How many networks one file may name. A program has a handful; more means that the file is not what it seems.
const NETWORKS_BOUND: usize = 64;

/// Makes network ids from names in the file. Ids live as long as the program, so each name is made once for the life of
/// the store and never given back: a few bytes for each network.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Mutex<Vec<NetworkId>>,
}

impl Names {
    pub(crate) fn network(&self, name: &str) -> Result<NetworkId> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = known.iter().find(|network| network.as_str() == name) {
            return Ok(*network);
        }
        if known.len() >= NETWORKS_BOUND {
            return Err(impossible("more networks than there can be"));
        }
        let network = NetworkId::new(Box::leak(name.into()));
        known.push(network);
        Ok(network)
    }
}

//! The characters that no shipped font has. Owns the set while one picture or document is made.

use std::collections::BTreeSet;

/// Collects characters that are drawn as a box, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing(BTreeSet<char>);

impl Missing {
    pub(crate) fn add(&mut self, letter: char) {
        self.0.insert(letter);
    }

    /// What was collected, in the order of code points.
    pub(crate) fn to_list(&self) -> Vec<char> {
        self.0.iter().copied().collect()
    }
}

//! A bounded memory of what was seen lately. Owned by the sender.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The last so many things that were put in; the oldest goes first.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    most: usize,
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    known: HashSet<T>,
    /// By age, the oldest first.
    ages: VecDeque<T>,
}

impl<T: Clone + Eq + Hash> Recent<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            inner: Mutex::new(Inner {
                known: HashSet::new(),
                ages: VecDeque::new(),
            }),
        }
    }

    /// Whether it was not there yet.
    pub(crate) fn insert(&self, item: T) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.known.insert(item.clone()) {
            return false;
        }
        inner.ages.push_back(item);
        while inner.ages.len() > self.most {
            if let Some(oldest) = inner.ages.pop_front() {
                inner.known.remove(&oldest);
            }
        }
        true
    }

    pub(crate) fn remove(&self, item: &T) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.known.remove(item) {
            inner.ages.retain(|other| other != item);
        }
    }

    pub(crate) fn contains(&self, item: &T) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.known.contains(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_the_bound_holds() {
        let recent = Recent::new(2);
        assert!(recent.insert(1));
        assert!(!recent.insert(1));
        assert!(recent.insert(2));
        recent.remove(&1);
        assert!(recent.insert(3));
        assert!(recent.insert(4));
        assert_eq!(
            [1, 2, 3, 4].map(|n| recent.contains(&n)),
            [false, false, true, true]
        );
    }
}

//! The shipped bot. For now it only knows its features.

#![cfg_attr(not(test), expect(dead_code, reason = "nothing starts the features yet"))]

mod features;
#[cfg(test)]
mod testing;
mod words;

fn main() {}

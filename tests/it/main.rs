//! The end-to-end tests and the house rules, as one binary.

mod conversations;
mod faults;
mod house;
mod lifecycle;

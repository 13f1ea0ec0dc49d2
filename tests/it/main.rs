//! The end-to-end tests and the house rules, as one binary.

mod conversations;
mod durable;
mod faults;
mod house;
mod lifecycle;
mod page;

//! What the crate makes, looked at from outside: charts, pictures, documents, and samples for people to look at.

mod charts;
mod documents;
mod examples;
mod images;
mod markdown;
mod papers;
mod pictures;
mod refused;
mod samples;
mod typed;

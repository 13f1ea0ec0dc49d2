//! Fetching over real loopback sockets, against hosts that lie, drip, break and never end.

mod answers;
mod broken;
mod codings;
mod limits;
mod places;
mod reading;
mod redirects;
mod robots;
mod site;
mod spellings;
mod world;

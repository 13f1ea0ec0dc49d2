//! The networks' published schemas in compact form, and the checks against them. Owns the parsed schemas.

pub(crate) mod discord;
pub(crate) mod telegram;

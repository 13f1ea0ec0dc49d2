//! Between Discord's words and core's. `inbound` turns gateway events into core's events; `outbound` turns what
//! core rendered into message bodies. Owns no state.

pub(crate) mod inbound;
pub(crate) mod message;
pub(crate) mod outbound;

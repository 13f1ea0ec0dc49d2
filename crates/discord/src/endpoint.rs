//! Interactions by HTTP: the endpoint that Discord posts them to, instead of the gateway. Owns its configuration.
//!
//! A request is read whole, its signature is checked, and only then is it parsed. What core takes is answered with 202
//! and no body, which tells Discord that the answer comes through the callback route: the same calls, the same
//! deferral and the same errors as for an interaction from the gateway, forms and autocomplete included. The answer in
//! the response's body was not chosen: it gives no message id, carries no files, and Discord's refusal of it is never
//! heard. Only PING, and what is turned away because there is no room, are answered in the body.
//!
//! Sources: discord-api-docs, interactions/overview ("Setting Up an Endpoint") and
//! interactions/receiving-and-responding ("Interaction Callback").

mod clock;
mod config;
mod key;
mod reception;
mod seen;
mod server;
mod signature;

pub use self::clock::{SystemClock, WallClock};
pub use self::config::{Delivery, EndpointConfig, EndpointError, EndpointTiming, Listen};
pub use self::key::{PublicKey, PublicKeyError};
pub(crate) use self::reception::Reception;
pub(crate) use self::server::Server;

//! Discord: REST, gateway and what its users do. State: [`state::State`].

pub(crate) mod channel;
pub(crate) mod command;
pub(crate) mod command_rules;
pub(crate) mod demo;
pub(crate) mod dispatch;
pub(crate) mod embed_rules;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod gateway;
pub(crate) mod guild;
pub(crate) mod interaction;
pub(crate) mod invoke;
pub(crate) mod limits;
pub(crate) mod message;
pub(crate) mod message_rules;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod reaction;
pub(crate) mod request;
pub(crate) mod routes;
pub(crate) mod session;
pub(crate) mod state;
pub(crate) mod user;
pub(crate) mod view;
pub(crate) mod webhook;
pub(crate) mod write;

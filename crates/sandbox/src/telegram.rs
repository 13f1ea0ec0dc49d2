//! The Telegram Bot API: what bots call and what its users do. State: [`state::State`].

pub(crate) mod account;
pub(crate) mod callback;
pub(crate) mod chat;
pub(crate) mod commands;
pub(crate) mod copy;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod draft;
pub(crate) mod edit;
pub(crate) mod entities;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod keyboard;
pub(crate) mod limits;
pub(crate) mod media;
pub(crate) mod methods;
pub(crate) mod people;
pub(crate) mod poll;
pub(crate) mod reaction;
pub(crate) mod request;
pub(crate) mod rooms;
pub(crate) mod send;
pub(crate) mod state;
pub(crate) mod updates;
pub(crate) mod view;
pub(crate) mod webhook;

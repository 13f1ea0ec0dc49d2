//! The attribute and derive macros of Duologue. Pure functions from tokens to tokens; each kind of macro has a file.
//!
//! The code they write names everything through `::duologue::__private`, so that a bot depends on `duologue` alone.
//! Their reference, with examples, stands where a bot's author meets them: in the documentation of `duologue`.

mod button;
mod choice;
mod command;
mod docs;
mod entry;
mod names;
mod task;
#[cfg(test)]
mod testing;

use proc_macro::TokenStream;

/// Makes a command of an async function; see the documentation of `duologue`.
#[proc_macro_attribute]
pub fn command(attributes: TokenStream, item: TokenStream) -> TokenStream {
    written(command::expand(attributes.into(), item.into()))
}

/// Makes a task of a function; see the documentation of `duologue`.
#[proc_macro_attribute]
pub fn task(attributes: TokenStream, item: TokenStream) -> TokenStream {
    written(task::expand(attributes.into(), item.into()))
}

/// Makes an async function the entry of a bot and of its worker processes; see the documentation of `duologue`.
#[proc_macro_attribute]
pub fn main(attributes: TokenStream, item: TokenStream) -> TokenStream {
    written(entry::expand(attributes.into(), item.into()))
}

/// Makes the variants of an enum the choices of an argument; see the documentation of `duologue`.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(item: TokenStream) -> TokenStream {
    written(choice::expand(item.into()))
}

/// Lets buttons carry a type's values; see the documentation of `duologue`.
#[proc_macro_derive(Button, attributes(button, serde))]
pub fn button(item: TokenStream) -> TokenStream {
    written(button::expand(item.into()))
}

fn written(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|error| error.to_compile_error()).into()
}

//! Helpers for the tests of the macros. Pure functions.

use proc_macro2::TokenStream;

/// What the compiler would say about an expansion that must not work: one line for each message.
pub(crate) fn complaint(result: syn::Result<TokenStream>) -> String {
    match result {
        Ok(_) => "it expands".to_owned(),
        Err(error) => {
            let lines: Vec<String> = error.into_iter().map(|error| error.to_string()).collect();
            lines.join("\n")
        }
    }
}

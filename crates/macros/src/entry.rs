//! `#[main]`: the entry of a bot, which is also the entry of its worker processes. Pure functions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn};

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if let Some(token) = attributes.into_iter().next() {
        return Err(Error::new(token.span(), "`#[main]` takes nothing"));
    }
    let mut function: ItemFn =
        syn::parse2(item).map_err(|error| Error::new(error.span(), "`#[main]` stands on a function"))?;
    if function.sig.asyncness.take().is_none() {
        return Err(Error::new(function.sig.fn_token.span, "write `async fn main()`"));
    }
    if !function.sig.inputs.is_empty() {
        return Err(Error::new(function.sig.ident.span(), "`main` takes no arguments"));
    }
    let body = &function.block;
    let block = quote!({
        // A worker process ends here: before there is a runtime, a thread or a token.
        ::duologue::serve_if_asked();
        ::duologue::__private::run(async move #body)
    });
    function.block = syn::parse2(block)?;
    Ok(quote!(#function))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::expand;
    use crate::testing::complaint;

    #[test]
    fn a_function_that_cannot_be_the_entry_is_told_why() {
        for (attributes, item, message) in [
            (
                quote!(),
                quote!(
                    fn main() {}
                ),
                "write `async fn main()`",
            ),
            (
                quote!(),
                quote!(
                    async fn main(words: Vec<String>) {}
                ),
                "`main` takes no arguments",
            ),
            (
                quote!(),
                quote!(
                    struct Main;
                ),
                "`#[main]` stands on a function",
            ),
            (
                quote!(flavor = "x"),
                quote!(
                    async fn main() {}
                ),
                "`#[main]` takes nothing",
            ),
        ] {
            assert_eq!(complaint(expand(attributes, item)), message);
        }
    }
}

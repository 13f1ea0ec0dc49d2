//! What `#[command(...)]` says about a command. Pure parsing.

use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Token};

/// The keys of `#[command(...)]`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) name: Option<LitStr>,
    pub(super) description: Option<LitStr>,
    pub(super) example: Option<LitStr>,
    /// Whether its calls are in order for the whole chat.
    pub(super) whole_chat: bool,
    pub(super) control: bool,
    pub(super) ephemeral: bool,
    pub(super) hidden: bool,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            match key.to_string().as_str() {
                "control" => options.control = true,
                "ephemeral" => options.ephemeral = true,
                "hidden" => options.hidden = true,
                "name" => options.name = Some(name(value(input)?)?),
                "description" => options.description = Some(filled(value(input)?)?),
                "example" => options.example = Some(filled(value(input)?)?),
                "order" => options.whole_chat = whole_chat(&value(input)?)?,
                other => {
                    let message = format!(
                        "`{other}` is no key of `#[command]`; there are `name`, `description`, `example`, `order`, \
                         `control`, `ephemeral` and `hidden`"
                    );
                    return Err(Error::new(key.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

fn value(input: ParseStream<'_>) -> syn::Result<LitStr> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// A name as a person types it.
pub(super) fn name(name: LitStr) -> syn::Result<LitStr> {
    let name = filled(name)?;
    if name.value().starts_with('/') {
        return Err(Error::new(name.span(), "write the name without `/`"));
    }
    if name.value().contains(char::is_whitespace) {
        return Err(Error::new(name.span(), "a name is one word"));
    }
    Ok(name)
}

fn filled(text: LitStr) -> syn::Result<LitStr> {
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), "this must not be empty"));
    }
    Ok(text)
}

fn whole_chat(order: &LitStr) -> syn::Result<bool> {
    match order.value().as_str() {
        "chat" => Ok(true),
        "conversation" => Ok(false),
        _ => Err(Error::new(
            order.span(),
            "the order is \"conversation\" or \"chat\"",
        )),
    }
}

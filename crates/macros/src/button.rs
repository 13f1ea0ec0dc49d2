//! `#[derive(Button)]`: a type whose values buttons carry. Pure functions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Token};

use crate::names;

/// What `#[button(...)]` says.
#[derive(Default)]
struct Said {
    name: Option<LitStr>,
    control: bool,
    /// Whether the type brings its own way to be written and read.
    own_serde: bool,
}

pub(crate) fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    if let Data::Union(data) = &input.data {
        return Err(Error::new(
            data.union_token.span,
            "a button cannot carry a union: use a struct or an enum",
        ));
    }
    if !input.generics.params.is_empty() {
        return Err(Error::new(
            input.generics.span(),
            "a button's type cannot be generic: its handler is found by one name",
        ));
    }
    let said = said(&input.attrs)?;
    let ident = &input.ident;
    let name = match &said.name {
        Some(name) => name.value(),
        None => names::snake(&names::plain(ident)),
    };
    let control = said.control;
    let wire = if said.own_serde {
        TokenStream::new()
    } else {
        wire(&input)
    };
    Ok(quote! {
        #wire

        #[automatically_derived]
        impl ::duologue::__private::ButtonValue for #ident {
            const NAME: &'static str = #name;
            const CONTROL: bool = #control;
        }
    })
}

fn said(attributes: &[Attribute]) -> syn::Result<Said> {
    let mut said = Said::default();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("button"))
    {
        attribute.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let key: Ident = input.parse()?;
                match key.to_string().as_str() {
                    "name" => {
                        input.parse::<Token![=]>()?;
                        let name: LitStr = input.parse()?;
                        if name.value().trim().is_empty() {
                            return Err(Error::new(name.span(), "this must not be empty"));
                        }
                        said.name = Some(name);
                    }
                    "control" => said.control = true,
                    "own_serde" => said.own_serde = true,
                    other => {
                        let message = format!(
                            "`{other}` is no key of `#[button]`; there are `name`, `control` and `own_serde`"
                        );
                        return Err(Error::new(key.span(), message));
                    }
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        })?;
    }
    Ok(said)
}

/// Lets serde write and read the type through a twin of it, so that a bot need not depend on serde to have buttons.
fn wire(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let remote = ident.to_string();
    let mut twin = input.clone();
    twin.ident = Ident::new("__Wire", ident.span());
    twin.vis = syn::Visibility::Inherited;
    keep_serde(&mut twin.attrs);
    match &mut twin.data {
        Data::Struct(data) => keep_of_fields(&mut data.fields),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                keep_serde(&mut variant.attrs);
                keep_of_fields(&mut variant.fields);
            }
        }
        Data::Union(_) => {}
    }
    quote! {
        const _: () = {
            #[derive(::duologue::__private::serde::Serialize, ::duologue::__private::serde::Deserialize)]
            #[serde(crate = "::duologue::__private::serde", remote = #remote)]
            #[allow(dead_code, reason = "it only says what the type looks like")]
            #twin

            #[automatically_derived]
            impl ::duologue::__private::serde::Serialize for #ident {
                fn serialize<S: ::duologue::__private::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::std::result::Result<S::Ok, S::Error> {
                    __Wire::serialize(self, serializer)
                }
            }

            #[automatically_derived]
            impl<'de> ::duologue::__private::serde::Deserialize<'de> for #ident {
                fn deserialize<D: ::duologue::__private::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::std::result::Result<Self, D::Error> {
                    __Wire::deserialize(deserializer)
                }
            }
        };
    }
}

fn keep_serde(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| attribute.path().is_ident("serde"));
}

fn keep_of_fields(fields: &mut Fields) {
    for field in fields {
        keep_serde(&mut field.attrs);
        // The twin lives inside a block: what is public in the type is public enough for it.
        field.vis = syn::Visibility::Inherited;
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::expand;
    use crate::testing::complaint;

    #[test]
    fn what_a_button_cannot_carry_is_said() {
        let table: [(TokenStream, &str); 4] = [
            (
                quote!(union Stop { a: u8 }),
                "a button cannot carry a union: use a struct or an enum",
            ),
            (
                quote!(
                    struct Stop<T>(T);
                ),
                "a button's type cannot be generic: its handler is found by one name",
            ),
            (
                quote!(
                    #[button(once)]
                    struct Stop;
                ),
                "`once` is no key of `#[button]`; there are `name`, `control` and `own_serde`",
            ),
            (
                quote!(
                    #[button(name = " ")]
                    struct Stop;
                ),
                "this must not be empty",
            ),
        ];
        for (item, message) in table {
            assert_eq!(complaint(expand(item.clone())), message, "for {item}");
        }
    }

    #[test]
    fn the_name_comes_from_the_type_or_the_attribute() {
        let written = |item: TokenStream| expand(item).expect("it expands").to_string();
        assert!(
            written(quote!(
                struct StopTask;
            ))
            .contains("\"stop_task\"")
        );
        assert!(
            written(quote!(
                #[button(name = "halt")]
                struct StopTask;
            ))
            .contains("\"halt\"")
        );
    }
}

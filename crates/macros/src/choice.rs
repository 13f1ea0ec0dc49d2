//! `#[derive(Choice)]`: a unit enum as the choices of an argument. Pure functions.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Token, Variant};

use crate::docs::Docs;
use crate::names;

/// One variant as a choice.
struct Chosen<'a> {
    variant: &'a Ident,
    name: String,
    label: String,
}

/// What `#[choice(...)]` says.
#[derive(Default)]
struct Said {
    name: Option<LitStr>,
    label: Option<LitStr>,
}

pub(crate) fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(
            input.ident.span(),
            "`Choice` is for enums: each variant is one choice",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new(
            input.generics.span(),
            "an enum of choices cannot be generic",
        ));
    }
    if data.variants.is_empty() {
        return Err(Error::new(
            input.ident.span(),
            "there is nothing to choose from: add a variant",
        ));
    }
    let mut problems: Option<Error> = None;
    let mut chosen = Vec::new();
    let mut names: HashMap<String, &Ident> = HashMap::new();
    for variant in &data.variants {
        match read(variant) {
            Ok(choice) => {
                if let Some(other) = names.insert(choice.name.clone(), choice.variant) {
                    let message = format!(
                        "`{}` and `{other}` have the same name `{}`; give one of them `#[choice(name = \"...\")]`",
                        choice.variant, choice.name
                    );
                    add(&mut problems, Error::new(variant.span(), message));
                }
                chosen.push(choice);
            }
            Err(error) => add(&mut problems, error),
        }
    }
    match problems {
        Some(error) => Err(error),
        None => Ok(write(&input.ident, &chosen)),
    }
}

fn add(problems: &mut Option<Error>, error: Error) {
    match problems {
        Some(problems) => problems.combine(error),
        None => *problems = Some(error),
    }
}

fn read(variant: &Variant) -> syn::Result<Chosen<'_>> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(Error::new(
            variant.fields.span(),
            "a choice has no fields: a person chooses the variant alone",
        ));
    }
    let said = said(&variant.attrs)?;
    let own = names::plain(&variant.ident);
    let docs = Docs::of(&variant.attrs).summary;
    let label = match said.label {
        Some(label) => label.value(),
        None if docs.is_empty() => names::title(&own),
        None => docs.trim_end_matches('.').to_owned(),
    };
    let name = said.name.map_or_else(|| names::kebab(&own), |name| name.value());
    Ok(Chosen {
        variant: &variant.ident,
        name,
        label,
    })
}

fn said(attributes: &[Attribute]) -> syn::Result<Said> {
    let mut said = Said::default();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("choice"))
    {
        attribute.parse_args_with(|input: ParseStream<'_>| {
            if input.peek(LitStr) {
                said.label = Some(filled(input.parse()?)?);
                return Ok(());
            }
            while !input.is_empty() {
                let key: Ident = input.parse()?;
                let place = match key.to_string().as_str() {
                    "name" => &mut said.name,
                    "label" => &mut said.label,
                    other => {
                        let message =
                            format!("`{other}` is no key of `#[choice]`; there are `name` and `label`");
                        return Err(Error::new(key.span(), message));
                    }
                };
                input.parse::<Token![=]>()?;
                *place = Some(filled(input.parse()?)?);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        })?;
    }
    Ok(said)
}

fn filled(text: LitStr) -> syn::Result<LitStr> {
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), "this must not be empty"));
    }
    Ok(text)
}

fn write(ident: &Ident, chosen: &[Chosen<'_>]) -> TokenStream {
    let variants: Vec<_> = chosen.iter().map(|choice| choice.variant).collect();
    let names: Vec<_> = chosen.iter().map(|choice| choice.name.as_str()).collect();
    let labels: Vec<_> = chosen.iter().map(|choice| choice.label.as_str()).collect();
    quote! {
        #[automatically_derived]
        impl ::duologue::__private::Choice for #ident {
            fn choices() -> ::std::vec::Vec<::duologue::__private::ChoiceSpec> {
                ::std::vec![#(::duologue::__private::ChoiceSpec {
                    value: ::std::convert::From::from(#names),
                    label: ::std::convert::From::from(#labels),
                }),*]
            }

            fn from_name(name: &str) -> ::std::option::Option<Self> {
                match name {
                    #(#names => ::std::option::Option::Some(Self::#variants),)*
                    _ => ::std::option::Option::None,
                }
            }
        }

        #[automatically_derived]
        impl ::duologue::__private::Argument for #ident {
            fn kind() -> ::duologue::__private::ArgumentKind {
                ::duologue::__private::ArgumentKind::Choice(<Self as ::duologue::__private::Choice>::choices())
            }

            fn from_value(
                value: ::std::option::Option<::duologue::__private::ArgumentValue>,
            ) -> ::std::option::Option<Self> {
                match value? {
                    ::duologue::__private::ArgumentValue::Choice(name) => {
                        <Self as ::duologue::__private::Choice>::from_name(&name)
                    }
                    _ => ::std::option::Option::None,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::expand;
    use crate::testing::complaint;

    #[test]
    fn what_cannot_be_chosen_from_is_said() {
        let table: [(TokenStream, &str); 7] = [
            (
                quote!(
                    struct Sides;
                ),
                "`Choice` is for enums: each variant is one choice",
            ),
            (
                quote!(
                    enum Sides {}
                ),
                "there is nothing to choose from: add a variant",
            ),
            (
                quote!(
                    enum Sides<T> {
                        A,
                    }
                ),
                "an enum of choices cannot be generic",
            ),
            (
                quote!(
                    enum Sides {
                        D(u8),
                    }
                ),
                "a choice has no fields: a person chooses the variant alone",
            ),
            (
                quote!(
                    enum Sides {
                        #[choice(colour = "red")]
                        A,
                    }
                ),
                "`colour` is no key of `#[choice]`; there are `name` and `label`",
            ),
            (
                quote!(
                    enum Sides {
                        #[choice("")]
                        A,
                    }
                ),
                "this must not be empty",
            ),
            (
                quote!(
                    enum Sides {
                        A,
                        #[choice(name = "a")]
                        B,
                    }
                ),
                "`B` and `A` have the same name `a`; give one of them `#[choice(name = \"...\")]`",
            ),
        ];
        for (item, message) in table {
            assert_eq!(complaint(expand(item.clone())), message, "for {item}");
        }
    }

    #[test]
    fn every_bad_variant_is_reported() {
        let item = quote!(
            enum Sides {
                A(u8),
                B,
                C { deep: u8 },
            }
        );
        assert_eq!(complaint(expand(item)).lines().count(), 2);
    }
}

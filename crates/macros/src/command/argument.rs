//! A parameter of a function as an argument of its command. Pure parsing.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, GenericArgument, LitStr, Meta, Pat, PatType, PathArguments, Type};

use super::range::{self, Bounds};
use super::{last_segment, options};
use crate::docs::Docs;
use crate::names;

/// An argument that was read.
pub(super) struct Argument {
    pub(super) span: Span,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: Type,
    pub(super) limits: Limits,
    /// Whether its type is an `Option`.
    pub(super) optional: bool,
    /// Whether it takes all that follows.
    pub(super) rest: bool,
}

/// What bounds an argument, beside its type.
pub(super) enum Limits {
    None,
    Range(Bounds),
    Length(Bounds),
    /// All that follows, with the longest length where one is given.
    Rest(Option<Bounds>),
}

/// What the attributes of a parameter say.
#[derive(Default)]
struct Said {
    name: Option<LitStr>,
    range: Option<(Span, Bounds)>,
    length: Option<(Span, Bounds)>,
    rest: Option<Span>,
}

/// Reads a parameter and takes away the attributes that only the macro understands.
pub(super) fn read(input: &mut PatType) -> syn::Result<Argument> {
    let Pat::Ident(pattern) = &*input.pat else {
        return Err(Error::new(
            input.pat.span(),
            "an argument has a plain name: its name is shown to people",
        ));
    };
    if let Some(by_ref) = &pattern.by_ref {
        return Err(Error::new(
            by_ref.span,
            "an argument is taken by value: leave `ref` out",
        ));
    }
    let ident = pattern.ident.clone();
    check_type(&input.ty)?;
    let said = said(&input.attrs)?;
    let docs = Docs::of(&input.attrs);
    input.attrs.retain(|attribute| !ours(attribute));

    let inner = optional(&input.ty);
    let kind = inner.unwrap_or(&input.ty);
    let rest_type = last_segment(kind).is_some_and(|segment| segment.ident.unraw() == "Rest");
    let name = said
        .name
        .as_ref()
        .map_or_else(|| names::plain(&ident), LitStr::value);
    if name.is_empty() {
        return Err(Error::new(
            ident.span(),
            "this argument has no name: give it one with `#[name = \"...\"]`",
        ));
    }
    let description = match (docs.summary.is_empty(), docs.rest.is_empty()) {
        (true, _) => names::spaced(&name),
        (false, true) => docs.summary,
        (false, false) => format!("{} {}", docs.summary, docs.rest.replace('\n', " ")),
    };
    Ok(Argument {
        span: ident.span(),
        optional: inner.is_some(),
        rest: rest_type || said.rest.is_some(),
        limits: limits(said, rest_type)?,
        name,
        description,
        kind: (*input.ty).clone(),
    })
}

fn limits(said: Said, rest_type: bool) -> syn::Result<Limits> {
    if let (Some((_, _)), Some((span, _))) = (&said.range, &said.length) {
        return Err(Error::new(
            *span,
            "an argument has a range or a length, not both: numbers and durations have a range, texts a length",
        ));
    }
    if let Some((span, bounds)) = said.range {
        if rest_type || said.rest.is_some() {
            return Err(Error::new(span, "a text has a length: write `#[length(..=200)]`"));
        }
        return Ok(Limits::Range(bounds));
    }
    if rest_type || said.rest.is_some() {
        let length = said.length.map(|(_, bounds)| bounds);
        if let Some(min) = length.as_ref().and_then(|length| length.min.as_ref()) {
            return Err(Error::new(
                min.span(),
                "what takes all that follows has no shortest length: write `#[length(..=200)]`",
            ));
        }
        return Ok(Limits::Rest(length));
    }
    Ok(said
        .length
        .map_or(Limits::None, |(_, bounds)| Limits::Length(bounds)))
}

fn ours(attribute: &Attribute) -> bool {
    ["doc", "range", "length", "rest", "name"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

fn said(attributes: &[Attribute]) -> syn::Result<Said> {
    let mut said = Said::default();
    for attribute in attributes {
        let Some(key) = attribute.path().get_ident() else {
            continue;
        };
        let span = attribute.span();
        match key.to_string().as_str() {
            "range" => said.range = Some((span, attribute.parse_args_with(range::range)?)),
            "length" => said.length = Some((span, attribute.parse_args_with(range::length)?)),
            "rest" => {
                attribute.meta.require_path_only()?;
                said.rest = Some(span);
            }
            "name" => said.name = Some(name(&attribute.meta)?),
            "doc" | "cfg_attr" | "allow" | "expect" | "warn" | "deny" => {}
            "cfg" => {
                return Err(Error::new(
                    span,
                    "an argument is there always: `cfg` the whole command",
                ));
            }
            other => {
                let message = format!(
                    "`{other}` is no attribute of an argument; there are `range`, `length`, `rest` and `name`"
                );
                return Err(Error::new(key.span(), message));
            }
        }
    }
    Ok(said)
}

fn name(meta: &Meta) -> syn::Result<LitStr> {
    let value = match meta {
        Meta::NameValue(meta) => syn::parse2(quote::ToTokens::to_token_stream(&meta.value)),
        _ => Err(Error::new(meta.span(), "")),
    };
    match value {
        Ok(name) => options::name(name),
        Err(_) => Err(Error::new(meta.span(), "write `#[name = \"...\"]`")),
    }
}

fn check_type(kind: &Type) -> syn::Result<()> {
    match kind {
        Type::Reference(reference) => {
            let instead = match last_segment(&reference.elem) {
                Some(segment) if segment.ident != "str" => segment.ident.to_string(),
                _ => "String".to_owned(),
            };
            Err(Error::new(
                kind.span(),
                format!("an argument belongs to its command: write `{instead}` without `&`"),
            ))
        }
        Type::ImplTrait(_) => Err(Error::new(
            kind.span(),
            "an argument has a type of its own: `impl` does not say what a person may type",
        )),
        _ => Ok(()),
    }
}

/// The type inside an `Option`.
fn optional(kind: &Type) -> Option<&Type> {
    let segment = last_segment(kind)?;
    if segment.ident != "Option" {
        return None;
    }
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

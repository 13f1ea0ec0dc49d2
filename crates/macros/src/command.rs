//! `#[command]`: an async function as a command. Pure functions: reading here and in `argument`, writing in `write`.

mod argument;
mod options;
mod range;
mod write;

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, Pat, PatType, Type};

use self::argument::Argument;
use self::options::Options;
use crate::docs::Docs;
use crate::names;

/// A function that was read and can be written as a command.
pub(crate) struct Command {
    /// The function, without what only the macro understands.
    function: ItemFn,
    options: Options,
    name: String,
    description: String,
    help: String,
    /// Whether the first parameter is the context.
    takes_context: bool,
    arguments: Vec<Argument>,
}

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let options: Options = syn::parse2(attributes)?;
    let function: ItemFn = syn::parse2(item.clone()).map_err(|error| {
        if syn::parse2::<syn::Item>(item).is_ok_and(|item| !matches!(item, syn::Item::Fn(_))) {
            Error::new(error.span(), "`#[command]` stands on an async function")
        } else {
            error
        }
    })?;
    Ok(write::write(&read(options, function)?))
}

fn read(options: Options, mut function: ItemFn) -> syn::Result<Command> {
    let mut problems = Problems::default();
    check_signature(&function, &mut problems);
    let takes_context = match function.sig.inputs.first() {
        Some(FnArg::Typed(first)) => is_context(&first.ty),
        _ => false,
    };
    let mut arguments = Vec::new();
    for input in function.sig.inputs.iter_mut().skip(usize::from(takes_context)) {
        match input {
            FnArg::Receiver(receiver) => problems.add(Error::new(
                receiver.span(),
                "a command is a function of its own, without `self`",
            )),
            FnArg::Typed(input) if is_context(&input.ty) => {
                problems.add(Error::new(input.span(), "the context goes first"));
            }
            FnArg::Typed(input) => match argument::read(input) {
                Ok(argument) => arguments.push(argument),
                Err(error) => problems.add(error),
            },
        }
    }
    check_order(&arguments, &mut problems);
    let docs = Docs::of(&function.attrs);
    let description = options
        .description
        .as_ref()
        .map_or(docs.summary, syn::LitStr::value);
    if description.is_empty() {
        problems.add(Error::new(
            function.sig.ident.span(),
            "a command needs a description: write a doc comment above it, such as `/// Roll some dice.`",
        ));
    }
    problems.end()?;
    let name = match &options.name {
        Some(name) => name.value(),
        None => names::plain(&function.sig.ident),
    };
    Ok(Command {
        help: docs.rest,
        name,
        description,
        takes_context,
        arguments,
        options,
        function,
    })
}

fn check_signature(function: &ItemFn, problems: &mut Problems) {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        problems.add(Error::new(
            signature.fn_token.span,
            "a command is asynchronous: write `async fn`",
        ));
    }
    if !signature.generics.params.is_empty() {
        problems.add(Error::new(
            signature.generics.span(),
            "a command cannot be generic: every argument has a type of its own",
        ));
    } else if let Some(clause) = &signature.generics.where_clause {
        problems.add(Error::new(
            clause.span(),
            "a command cannot have a `where` clause",
        ));
    }
    for (token, span) in [
        ("unsafe", signature.unsafety.map(|token| token.span)),
        ("const", signature.constness.map(|token| token.span)),
        ("extern", signature.abi.as_ref().map(Spanned::span)),
    ] {
        if let Some(span) = span {
            problems.add(Error::new(span, format!("a command cannot be `{token}`")));
        }
    }
    if let Some(FnArg::Typed(PatType { pat, ty, .. })) = signature.inputs.first()
        && is_context(ty)
        && !matches!(&**pat, Pat::Ident(_) | Pat::Wild(_))
    {
        problems.add(Error::new(
            pat.span(),
            "give the context a plain name, such as `ctx`",
        ));
    }
}

/// Required before optional, and what takes all the rest last.
fn check_order(arguments: &[Argument], problems: &mut Problems) {
    let mut optional: Option<&Argument> = None;
    for (index, argument) in arguments.iter().enumerate() {
        if argument.optional {
            optional = Some(argument);
        } else if let Some(before) = optional {
            let message = format!(
                "`{}` is required and stands behind `{}`, which is not: put it before, or make it an `Option`",
                argument.name, before.name
            );
            problems.add(Error::new(argument.span, message));
        }
        if argument.rest && index + 1 < arguments.len() {
            let message = format!("`{}` takes all that follows: put it last", argument.name);
            problems.add(Error::new(argument.span, message));
        }
        if arguments[..index].iter().any(|other| other.name == argument.name) {
            let message = format!("two arguments have the name `{}`", argument.name);
            problems.add(Error::new(argument.span, message));
        }
    }
}

fn is_context(kind: &Type) -> bool {
    last_segment(kind).is_some_and(|segment| segment.ident.unraw() == "Context")
}

/// The last part of a type's path, such as `Option<u8>` of `std::option::Option<u8>`.
fn last_segment(kind: &Type) -> Option<&syn::PathSegment> {
    match kind {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// All that is wrong with a function, so that one look at the compiler's output is enough.
#[derive(Default)]
struct Problems(Option<Error>);

impl Problems {
    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn end(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests;

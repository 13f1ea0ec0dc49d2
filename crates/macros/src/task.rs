//! `#[task]`: a function as a task, in the lane that is asked for. Pure functions from tokens to tokens.

mod options;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, FnArg, Ident, ItemFn, Pat, ReturnType, Type};

use self::options::{Lane, Options};
use crate::docs::Docs;
use crate::names;

/// A function that was read and can be written as a task.
struct Task {
    function: ItemFn,
    options: Options,
    lane: Lane,
    name: String,
    takes_context: bool,
    arguments: Vec<(Ident, Type)>,
    output: Type,
}

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let options: Options = syn::parse2(attributes)?;
    let function: ItemFn =
        syn::parse2(item).map_err(|error| Error::new(error.span(), "`#[task]` stands on a function"))?;
    read(options, function).map(|task| write(&task))
}

fn read(options: Options, function: ItemFn) -> syn::Result<Task> {
    let signature = &function.sig;
    let asynchronous = signature.asyncness.is_some();
    let lane = options
        .lane
        .unwrap_or(if asynchronous { Lane::Async } else { Lane::Blocking });
    if asynchronous != (lane == Lane::Async) {
        let message = if asynchronous {
            "an `async fn` is a task of the async lane; in the other lanes it is a plain `fn`"
        } else {
            "a task of the async lane is an `async fn`"
        };
        return Err(Error::new(signature.fn_token.span, message));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new(signature.generics.span(), "a task cannot be generic"));
    }
    options.check(lane)?;
    let ReturnType::Type(_, output) = &signature.output else {
        return Err(Error::new(
            signature.ident.span(),
            "a task returns a `Result`, such as `Result<(), TaskError>`",
        ));
    };
    let takes_context = match signature.inputs.first() {
        Some(FnArg::Typed(first)) => is_context(&first.ty, lane)?,
        _ => false,
    };
    let mut arguments = Vec::new();
    for input in signature.inputs.iter().skip(usize::from(takes_context)) {
        match input {
            FnArg::Receiver(receiver) => {
                return Err(Error::new(
                    receiver.span(),
                    "a task is a function of its own, without `self`",
                ));
            }
            FnArg::Typed(input) => match &*input.pat {
                Pat::Ident(_) if lane != Lane::Process && matches!(&*input.ty, Type::Reference(_)) => {
                    let message = "a task of this lane owns its arguments: take it by value";
                    return Err(Error::new(input.ty.span(), message));
                }
                Pat::Ident(name) => arguments.push((name.ident.clone(), (*input.ty).clone())),
                pattern => return Err(Error::new(pattern.span(), "give the argument a plain name")),
            },
        }
    }
    let summary = Docs::of(&function.attrs).summary;
    let name = match &options.name {
        Some(name) => name.value(),
        None if summary.is_empty() => names::title(&signature.ident.unraw().to_string()),
        None => summary.trim_end_matches('.').to_owned(),
    };
    Ok(Task {
        lane,
        name,
        takes_context,
        arguments,
        output: (**output).clone(),
        options,
        function,
    })
}

/// Whether the first parameter is the context, in the form that its lane has.
fn is_context(kind: &Type, lane: Lane) -> syn::Result<bool> {
    let (inner, by_reference) = match kind {
        Type::Reference(reference) => (&*reference.elem, true),
        kind => (kind, false),
    };
    let named = matches!(inner, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "TaskContext"));
    match (named, by_reference, lane) {
        (true, true, Lane::Async) => Err(Error::new(kind.span(), "here the context is `TaskContext`")),
        (true, false, Lane::Blocking | Lane::Process) => {
            Err(Error::new(kind.span(), "here the context is `&TaskContext`"))
        }
        (named, ..) => Ok(named),
    }
}

fn write(task: &Task) -> TokenStream {
    let Task { function, output, .. } = task;
    let (ident, visibility) = (&function.sig.ident, &function.vis);
    let parameters = task.arguments.iter().map(|(name, kind)| quote!(#name: #kind));
    let docs = format!("The task of [`{ident}`](fn@{ident}): \"{}\".", task.name);
    let (call, made, settings) = (call(task), made(task), task.options.settings());
    let value = quote_spanned!(output.span()=> <#output as ::duologue::__private::TaskOutput>::Value);
    quote! {
        #[allow(clippy::needless_pass_by_value, reason = "a task owns what it is given")]
        #function

        #[doc = #docs]
        #[allow(non_camel_case_types, reason = "it stands for the function of this name")]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #ident {}

        impl #ident {
            #call

            /// The task, with its arguments. Nothing happens before it is started.
            #[allow(dead_code, clippy::too_many_arguments, reason = "they are those of the function")]
            #visibility fn task(#(#parameters),*) -> ::duologue::__private::Task<#value> {
                #made #settings
            }
        }
    }
}

/// The call of the function, where no argument can have its name; and for the process lane its entry in the list of
/// functions.
fn call(task: &Task) -> TokenStream {
    let (ident, output) = (&task.function.sig.ident, &task.output);
    let (locals, kinds) = locals(task);
    let context = task.takes_context.then(|| quote!(__context,));
    let span = output.span();
    match task.lane {
        Lane::Async => {
            let called = quote_spanned!(span=> ::duologue::__private::TaskOutput::into_result(#ident(#context #(#locals),*).await));
            quote! {
                #[allow(clippy::too_many_arguments, unused_variables, reason = "they are those of the function")]
                async fn __call(
                    __context: ::duologue::__private::TaskContext,
                    #(#locals: #kinds),*
                ) -> ::std::result::Result<<#output as ::duologue::__private::TaskOutput>::Value, ::duologue::__private::TaskError> {
                    #called
                }
            }
        }
        Lane::Blocking => {
            let called = quote_spanned!(span=> ::duologue::__private::TaskOutput::into_result(#ident(#context #(#locals),*)));
            quote! {
                #[allow(clippy::too_many_arguments, unused_variables, reason = "they are those of the function")]
                fn __call(
                    __context: &::duologue::__private::TaskContext,
                    #(#locals: #kinds),*
                ) -> ::std::result::Result<<#output as ::duologue::__private::TaskOutput>::Value, ::duologue::__private::TaskError> {
                    #called
                }
            }
        }
        Lane::Process => {
            let given = locals.iter().zip(&kinds).map(|(local, kind)| match kind {
                Type::Reference(_) => quote!(&#local),
                _ => quote!(#local),
            });
            let called = quote_spanned!(span=> ::duologue::__private::TaskOutput::into_result(#ident(#context #(#given),*)));
            let path = ident.unraw().to_string();
            let owned = kinds.iter().map(|kind| owned(kind));
            quote! {
                fn __function() -> &'static ::duologue::__private::ProcessFunction {
                    #[::duologue::__private::linkme::distributed_slice(::duologue::__private::PROCESS_FUNCTIONS)]
                    #[linkme(crate = ::duologue::__private::linkme)]
                    static FUNCTION: ::duologue::__private::ProcessFunction = ::duologue::__private::ProcessFunction {
                        name: ::std::concat!(::std::module_path!(), "::", #path),
                        run: |__context, __input| {
                            let _ = __context;
                            let (#(#locals,)*): (#(#owned,)*) = ::duologue::__private::decode(__input)?;
                            ::duologue::__private::encode(&#called?)
                        },
                    };
                    &FUNCTION
                }
            }
        }
    }
}

/// What a worker process makes of an argument before it gives a reference to it.
fn owned(kind: &Type) -> TokenStream {
    let Type::Reference(reference) = kind else {
        return quote!(#kind);
    };
    match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => quote!(::std::string::String),
        Type::Slice(slice) => {
            let element = &slice.elem;
            quote!(::std::vec::Vec<#element>)
        }
        kind => quote!(#kind),
    }
}

/// Names of our own for the arguments, with their types.
fn locals(task: &Task) -> (Vec<Ident>, Vec<&Type>) {
    let local = |index: usize| format_ident!("__argument_{index}");
    let kinds = task.arguments.iter().map(|(_, kind)| kind);
    ((0..task.arguments.len()).map(local).collect(), kinds.collect())
}

fn made(task: &Task) -> TokenStream {
    let name = &task.name;
    let names: Vec<&Ident> = task.arguments.iter().map(|(name, _)| name).collect();
    match task.lane {
        Lane::Async => quote! {
            ::duologue::__private::Task::new(#name, move |__context| Self::__call(__context, #(#names),*))
        },
        Lane::Blocking => quote! {
            ::duologue::__private::Task::blocking(#name, move |__context| Self::__call(__context, #(#names),*))
        },
        Lane::Process => quote! {
            ::duologue::__private::Task::process(#name, Self::__function(), &(#(&#names,)*))
        },
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::expand;
    use crate::testing::complaint;

    #[track_caller]
    fn check(attributes: TokenStream, item: TokenStream, message: &str) {
        let shown = item.to_string();
        assert_eq!(complaint(expand(attributes, item)), message, "for {shown}");
    }

    #[test]
    fn a_function_that_cannot_be_a_task_is_told_why() {
        let plain = quote!(
            fn pi(task: &TaskContext, darts: u64) -> Result<f64, TaskError> {}
        );
        check(
            quote!(lane = "async"),
            plain.clone(),
            "a task of the async lane is an `async fn`",
        );
        check(
            quote!(lane = "thread"),
            plain.clone(),
            "the lanes are \"async\", \"blocking\" and \"process\"",
        );
        check(
            quote!(lane = "process", memory = "1 MiB"),
            plain.clone(),
            "a worker process has a limit of its own for memory, set where the bot is configured",
        );
        check(
            quote!(processor = "10s"),
            plain.clone(),
            "`processor` is for the process lane alone",
        );
        check(
            quote!(deadline = "soon"),
            plain.clone(),
            "this is no length of time, such as \"90s\" or \"5m\"",
        );
        check(
            quote!(color = "red"),
            plain,
            "`color` is no key of `#[task]`; there are `lane`, `name`, `weight`, `memory`, `deadline`, `processor` \
             and `output`",
        );
        check(
            quote!(lane = "process"),
            quote!(
                async fn pi() -> Result<(), TaskError> {}
            ),
            "an `async fn` is a task of the async lane; in the other lanes it is a plain `fn`",
        );
        check(
            quote!(),
            quote!(
                fn pi(task: TaskContext) -> Result<(), TaskError> {}
            ),
            "here the context is `&TaskContext`",
        );
        check(
            quote!(),
            quote!(
                fn pi(words: &str) -> Result<(), TaskError> {}
            ),
            "a task of this lane owns its arguments: take it by value",
        );
        check(
            quote!(),
            quote!(
                fn pi() {}
            ),
            "a task returns a `Result`, such as `Result<(), TaskError>`",
        );
        check(
            quote!(),
            quote!(
                fn pi<T>(it: T) -> Result<(), TaskError> {}
            ),
            "a task cannot be generic",
        );
        check(
            quote!(),
            quote!(
                struct Pi;
            ),
            "`#[task]` stands on a function",
        );
    }

    #[test]
    fn its_name_is_the_first_line_of_its_comment() {
        let item = quote!(
            /// Throw darts.
            ///
            /// Many of them.
            fn pi() -> Result<(), TaskError> {}
        );
        let written = expand(quote!(), item).unwrap().to_string();
        assert!(written.contains("\"Throw darts\""), "{written}");
        let item = quote!(
            fn count_words() -> Result<(), TaskError> {}
        );
        let written = expand(quote!(), item).unwrap().to_string();
        assert!(written.contains("\"Count words\""), "{written}");
    }
}

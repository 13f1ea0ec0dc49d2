//! A command as code: a type with the function's name that implements `Command`. Pure functions.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ReturnType};

use super::Command;
use super::argument::{Argument, Limits};
use super::range::{Bound, Bounds};

pub(super) fn write(command: &Command) -> TokenStream {
    let ident = &command.function.sig.ident;
    let visibility = &command.function.vis;
    let (docs, attributes): (Vec<&Attribute>, Vec<&Attribute>) = command
        .function
        .attrs
        .iter()
        .partition(|attribute| attribute.path().is_ident("doc"));
    let function = function(command, &attributes);
    let spec = spec(command);
    let call = call(command);
    quote! {
        #(#docs)*
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types, reason = "it stands for the function of this name")]
        #visibility struct #ident;

        const _: () = {
            // In here the name is a function's again, so that an argument or a local may have it too.
            #[allow(dead_code, reason = "it only takes the name")]
            fn #ident() {}

            impl #ident {
                #function
            }

            #[automatically_derived]
            impl ::duologue::__private::Command for #ident {
                #spec
                #call
            }
        };
    }
}

/// The function as it was written, under the name `run`.
fn function(command: &Command, attributes: &[&Attribute]) -> TokenStream {
    let mut function = command.function.clone();
    function.sig.ident = format_ident!("run", span = command.function.sig.ident.span());
    function.attrs.clear();
    let docs = format!(
        "The function behind `/{}`, to be called by hand: in tests, or by another command.",
        command.name
    );
    quote! {
        #[doc = #docs]
        #(#attributes)*
        #function
    }
}

fn spec(command: &Command) -> TokenStream {
    let (name, description, help) = (&command.name, &command.description, &command.help);
    let options = &command.options;
    let example = options
        .example
        .as_ref()
        .map(syn::LitStr::value)
        .unwrap_or_default();
    let (control, ephemeral, hidden) = (options.control, options.ephemeral, options.hidden);
    let order = if options.whole_chat {
        format_ident!("Chat")
    } else {
        format_ident!("Conversation")
    };
    let arguments = command.arguments.iter().map(argument);
    quote! {
        fn spec(&self) -> ::duologue::__private::CommandSpec {
            ::duologue::__private::CommandSpec {
                name: ::std::convert::From::from(#name),
                description: ::std::convert::From::from(#description),
                help: ::std::convert::From::from(#help),
                example: ::std::convert::From::from(#example),
                arguments: ::std::vec![#(#arguments),*],
                order: ::duologue::__private::Order::#order,
                control: #control,
                ephemeral: #ephemeral,
                hidden: #hidden,
            }
        }
    }
}

fn argument(argument: &Argument) -> TokenStream {
    let (name, description, ty) = (&argument.name, &argument.description, &argument.kind);
    let span = ty.span();
    let kind = match &argument.limits {
        Limits::None => quote_spanned!(span=> <#ty as ::duologue::__private::Argument>::kind()),
        Limits::Range(bounds) => {
            let (min, max) = written(bounds);
            quote_spanned!(span=> <#ty as ::duologue::__private::Ranged>::between(#min, #max))
        }
        Limits::Length(bounds) => {
            let (min, max) = written(bounds);
            quote_spanned!(span=> <#ty as ::duologue::__private::Lengthy>::of_length(#min, #max))
        }
        Limits::Rest(length) => {
            let max = optional(length.as_ref().and_then(|length| length.max.as_ref()));
            quote_spanned!(span=> <#ty as ::duologue::__private::Lengthy>::rest(#max))
        }
    };
    let required = quote_spanned!(span=> <#ty as ::duologue::__private::Argument>::REQUIRED);
    quote! {
        ::duologue::__private::ArgumentSpec {
            name: ::std::convert::From::from(#name),
            description: ::std::convert::From::from(#description),
            kind: #kind,
            required: #required,
        }
    }
}

fn written(bounds: &Bounds) -> (TokenStream, TokenStream) {
    (optional(bounds.min.as_ref()), optional(bounds.max.as_ref()))
}

fn optional(bound: Option<&Bound>) -> TokenStream {
    match bound.map(Bound::written) {
        Some(bound) => quote!(::std::option::Option::Some(#bound)),
        None => quote!(::std::option::Option::None),
    }
}

fn call(command: &Command) -> TokenStream {
    let ident = &command.function.sig.ident;
    let names: Vec<_> = (0..command.arguments.len())
        .map(|index| format_ident!("__argument_{index}"))
        .collect();
    let takes = command.arguments.iter().enumerate().map(|(index, argument)| {
        let (name, ty) = (&names[index], &argument.kind);
        quote_spanned!(ty.span()=> let #name = arguments.take::<#ty>(#index)?;)
    });
    let context = command.takes_context.then(|| quote!(context,));
    let span = match &command.function.sig.output {
        ReturnType::Default => ident.span(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    let reply = quote_spanned! {span=>
        ::duologue::__private::IntoReply::into_reply(#ident::run(#context #(#names),*).await)
    };
    quote! {
        #[allow(unused_mut, unused_variables, reason = "not every command takes a context and arguments")]
        fn call(
            &self,
            context: ::duologue::__private::Context,
            mut arguments: ::duologue::__private::Arguments,
        ) -> ::duologue::__private::BoxFuture<
            'static,
            ::std::result::Result<::duologue::__private::Reply, ::duologue::__private::HandlerError>,
        > {
            ::std::boxed::Box::pin(async move {
                #(#takes)*
                // What is left of them need not live as long as the function runs.
                ::std::mem::drop(arguments);
                #reply
            })
        }
    }
}

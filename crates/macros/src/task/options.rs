//! What `#[task(...)]` says about a task. Pure parsing.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitInt, LitStr, Token};

/// The lane that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Async,
    Blocking,
    Process,
}

/// The keys of `#[task(...)]`. Times are in milliseconds, sizes in bytes.
#[derive(Default)]
pub(super) struct Options {
    pub(super) lane: Option<Lane>,
    pub(super) name: Option<LitStr>,
    weight: Option<LitInt>,
    memory: Option<(u64, LitStr)>,
    deadline: Option<u64>,
    processor: Option<(u64, LitStr)>,
    output: Option<(u64, LitStr)>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "lane" => options.lane = Some(lane(&input.parse()?)?),
                "name" => options.name = Some(input.parse()?),
                "weight" => options.weight = Some(input.parse()?),
                "memory" => options.memory = Some(read(input.parse()?, size, NO_SIZE)?),
                "deadline" => options.deadline = Some(read(input.parse()?, time, NO_TIME)?.0),
                "processor" => options.processor = Some(read(input.parse()?, time, NO_TIME)?),
                "output" => options.output = Some(read(input.parse()?, size, NO_SIZE)?),
                other => {
                    let message = format!(
                        "`{other}` is no key of `#[task]`; there are `lane`, `name`, `weight`, `memory`, `deadline`, \
                         `processor` and `output`"
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

impl Options {
    /// Some keys mean something in some lanes alone.
    pub(super) fn check(&self, lane: Lane) -> syn::Result<()> {
        if lane == Lane::Process {
            if let Some((_, memory)) = &self.memory {
                let message =
                    "a worker process has a limit of its own for memory, set where the bot is configured";
                return Err(Error::new(memory.span(), message));
            }
            return Ok(());
        }
        for (key, value) in [("processor", &self.processor), ("output", &self.output)] {
            if let Some((_, value)) = value {
                let message = format!("`{key}` is for the process lane alone");
                return Err(Error::new(value.span(), message));
            }
        }
        Ok(())
    }

    /// The calls that set what was asked for.
    pub(super) fn settings(&self) -> TokenStream {
        let weight = self.weight.iter().map(|weight| quote!(.weight(#weight)));
        let memory = self.memory.iter().map(|(bytes, _)| quote!(.memory(#bytes)));
        let deadline = self
            .deadline
            .iter()
            .map(|millis| quote!(.deadline(::std::time::Duration::from_millis(#millis))));
        let limits = (self.processor.is_some() || self.output.is_some()).then(|| {
            let processor = self
                .processor
                .iter()
                .map(|(millis, _)| quote!(processor: ::std::time::Duration::from_millis(#millis),));
            let output = self.output.iter().map(|(bytes, _)| quote!(output: #bytes,));
            let rest = (self.processor.is_none() || self.output.is_none())
                .then(|| quote!(..::std::default::Default::default()));
            quote!(.limits(::duologue::__private::ProcessLimits { #(#processor)* #(#output)* #rest }))
        });
        quote!(#(#weight)* #(#memory)* #(#deadline)* #limits)
    }
}

fn lane(lane: &LitStr) -> syn::Result<Lane> {
    match lane.value().as_str() {
        "async" => Ok(Lane::Async),
        "blocking" => Ok(Lane::Blocking),
        "process" => Ok(Lane::Process),
        _ => Err(Error::new(
            lane.span(),
            "the lanes are \"async\", \"blocking\" and \"process\"",
        )),
    }
}

const NO_TIME: &str = "this is no length of time, such as \"90s\" or \"5m\"";
const NO_SIZE: &str = "this is no size, such as \"64 MiB\"";

fn read(text: LitStr, parse: fn(&str) -> Option<u64>, complaint: &str) -> syn::Result<(u64, LitStr)> {
    match parse(text.value().trim()) {
        Some(value) => Ok((value, text)),
        None => Err(Error::new(text.span(), complaint)),
    }
}

/// A number with a unit behind it.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..end].parse().ok()?;
    let unit = text[end..].trim();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*factor).filter(|value| *value > 0)
}

fn time(text: &str) -> Option<u64> {
    with_unit(text, &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)])
}

fn size(text: &str) -> Option<u64> {
    with_unit(
        text,
        &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)],
    )
}

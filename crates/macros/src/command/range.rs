//! Bounds as attributes write them: `1..=100`, `"1s"..="10m"`, `min = 1, max = 100`. Pure parsing.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, ExprUnary, Ident, Lit, RangeLimits, Token, UnOp};

/// The least and the most, both included; an open side has none.
pub(super) struct Bounds {
    pub(super) min: Option<Bound>,
    pub(super) max: Option<Bound>,
}

/// One bound.
pub(super) enum Bound {
    /// A number, or a constant's name.
    Expr(Box<Expr>),
    /// A length of time, in nanoseconds.
    Duration { span: Span, nanos: u64 },
}

/// The bounds of numbers and lengths of time.
pub(super) fn range(input: ParseStream<'_>) -> syn::Result<Bounds> {
    let bounds = bounds(input)?;
    if let (Some(min), Some(max)) = (&bounds.min, &bounds.max)
        && let (Some(least), Some(most)) = (min.value(), max.value())
        && least > most
    {
        return Err(Error::new(
            max.span(),
            "nothing is in this range: the most is less than the least",
        ));
    }
    Ok(bounds)
}

/// The bounds of a text's length.
pub(super) fn length(input: ParseStream<'_>) -> syn::Result<Bounds> {
    let bounds = range(input)?;
    for bound in [&bounds.min, &bounds.max].into_iter().flatten() {
        if matches!(bound, Bound::Duration { .. }) {
            return Err(Error::new(bound.span(), "a length is a number of characters"));
        }
    }
    Ok(bounds)
}

fn bounds(input: ParseStream<'_>) -> syn::Result<Bounds> {
    if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        return named(input);
    }
    let whole: Expr = input.parse()?;
    let Expr::Range(range) = &whole else {
        return Err(Error::new(whole.span(), "write a range, such as `1..=100`"));
    };
    if let (RangeLimits::HalfOpen(dots), Some(_)) = (&range.limits, &range.end) {
        return Err(Error::new(dots.span(), "both bounds are included: write `..=`"));
    }
    if range.start.is_none() && range.end.is_none() {
        return Err(Error::new(
            whole.span(),
            "this range bounds nothing: give one of its ends",
        ));
    }
    Ok(Bounds {
        min: range.start.as_deref().map(bound).transpose()?,
        max: range.end.as_deref().map(bound).transpose()?,
    })
}

fn named(input: ParseStream<'_>) -> syn::Result<Bounds> {
    let mut bounds = Bounds { min: None, max: None };
    while !input.is_empty() {
        let key: Ident = input.parse()?;
        let place = match key.to_string().as_str() {
            "min" => &mut bounds.min,
            "max" => &mut bounds.max,
            other => {
                let message = format!("`{other}` is no bound; there are `min` and `max`");
                return Err(Error::new(key.span(), message));
            }
        };
        input.parse::<Token![=]>()?;
        *place = Some(bound(&input.parse()?)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(bounds)
}

fn bound(expr: &Expr) -> syn::Result<Bound> {
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text), ..
    }) = expr
    else {
        return Ok(Bound::Expr(Box::new(expr.clone())));
    };
    match nanos(&text.value()) {
        Some(nanos) => Ok(Bound::Duration {
            span: text.span(),
            nanos,
        }),
        None => Err(Error::new(
            text.span(),
            "this is no length of time: write it as `\"90s\"`, `\"5m\"`, `\"1h30m\"` or `\"2d\"`",
        )),
    }
}

impl Bound {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Expr(expr) => expr.span(),
            Self::Duration { span, .. } => *span,
        }
    }

    /// The bound as code.
    pub(super) fn written(&self) -> TokenStream {
        match self {
            Self::Expr(expr) => expr.to_token_stream(),
            Self::Duration { span, nanos } => {
                quote_spanned!(*span=> ::std::time::Duration::from_nanos(#nanos))
            }
        }
    }

    /// Its value, where it can be read without the compiler.
    fn value(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "two bounds are compared, roughly is enough"
            )]
            Self::Duration { nanos, .. } => Some(*nanos as f64),
            Self::Expr(expr) => number(expr),
        }
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => number(expr).map(|value| -value),
        _ => None,
    }
}

/// A length of time in nanoseconds: whole numbers, each with its unit.
fn nanos(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut sum = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit: u64 = match &rest[..end] {
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" | "min" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" => 604_800_000_000_000,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = rest[end..].trim_start();
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::nanos;

    #[test]
    fn lengths_of_time_are_read_with_their_units() {
        for (text, seconds) in [("90s", Some(90)), ("1h30m", Some(5400)), ("2d 1s", Some(172_801))] {
            assert_eq!(
                nanos(text),
                seconds.map(|seconds: u64| seconds * 1_000_000_000),
                "{text}"
            );
        }
        for text in ["", "90", "s", "5 parsecs", "-5s", "99999999999999w"] {
            assert_eq!(nanos(text), None, "{text}");
        }
        assert_eq!(nanos("250ms"), Some(250_000_000));
    }
}

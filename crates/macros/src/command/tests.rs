//! What the macro says about functions that cannot be commands.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::testing::complaint;

#[track_caller]
fn check(attributes: TokenStream, item: TokenStream, message: &str) {
    let shown = item.to_string();
    assert_eq!(complaint(expand(attributes, item)), message, "for {shown}");
}

#[track_caller]
fn check_function(item: TokenStream, message: &str) {
    let mut whole = quote!(/** Does it. */);
    whole.extend(item);
    check(TokenStream::new(), whole, message);
}

#[test]
fn a_function_that_cannot_be_a_command_is_told_why() {
    check_function(
        quote!(
            fn roll() {}
        ),
        "a command is asynchronous: write `async fn`",
    );
    check_function(
        quote!(
            async fn roll(&self) {}
        ),
        "a command is a function of its own, without `self`",
    );
    check_function(
        quote!(
            async fn roll<T>(it: T) {}
        ),
        "a command cannot be generic: every argument has a type of its own",
    );
    check_function(
        quote!(
            async fn roll()
            where
                u8: Copy,
            {
            }
        ),
        "a command cannot have a `where` clause",
    );
    check_function(
        quote!(
            async unsafe fn roll() {}
        ),
        "a command cannot be `unsafe`",
    );
    check_function(
        quote!(
            struct Roll;
        ),
        "`#[command]` stands on an async function",
    );
    check(
        TokenStream::new(),
        quote!(
            async fn roll() {}
        ),
        "a command needs a description: write a doc comment above it, such as `/// Roll some dice.`",
    );
}

#[test]
fn an_argument_that_cannot_be_one_is_told_why() {
    check_function(
        quote!(
            async fn roll((one, two): (u8, u8)) {}
        ),
        "an argument has a plain name: its name is shown to people",
    );
    check_function(
        quote!(
            async fn roll(text: &str) {}
        ),
        "an argument belongs to its command: write `String` without `&`",
    );
    check_function(
        quote!(
            async fn roll(dice: u8, ctx: Context) {}
        ),
        "the context goes first",
    );
    check_function(
        quote!(
            async fn roll(Context { turn }: Context) {}
        ),
        "give the context a plain name, such as `ctx`",
    );
    check_function(
        quote!(
            async fn roll(_: u8) {}
        ),
        "an argument has a plain name: its name is shown to people",
    );
    check_function(
        quote!(
            async fn roll(it: impl Into<u8>) {}
        ),
        "an argument has a type of its own: `impl` does not say what a person may type",
    );
}

#[test]
fn arguments_in_an_order_that_nobody_can_type_are_refused() {
    check_function(
        quote!(
            async fn roll(dice: Option<u8>, sides: u8) {}
        ),
        "`sides` is required and stands behind `dice`, which is not: put it before, or make it an `Option`",
    );
    check_function(
        quote!(
            async fn say(words: Rest, times: u8) {}
        ),
        "`words` takes all that follows: put it last",
    );
    check_function(
        quote!(
            async fn say(#[rest] words: String, times: u8) {}
        ),
        "`words` takes all that follows: put it last",
    );
    check_function(
        quote!(
            async fn say(times: u8, #[name = "times"] again: u8) {}
        ),
        "two arguments have the name `times`",
    );
}

#[test]
fn bounds_that_bound_nothing_are_refused() {
    check_function(
        quote!(
            async fn roll(#[range(1..100)] dice: u8) {}
        ),
        "both bounds are included: write `..=`",
    );
    check_function(
        quote!(
            async fn roll(#[range(..)] dice: u8) {}
        ),
        "this range bounds nothing: give one of its ends",
    );
    check_function(
        quote!(
            async fn roll(#[range(100..=1)] dice: u8) {}
        ),
        "nothing is in this range: the most is less than the least",
    );
    check_function(
        quote!(
            async fn roll(#[range(5)] dice: u8) {}
        ),
        "write a range, such as `1..=100`",
    );
    check_function(
        quote!(
            async fn wait(#[range("soon"..)] time: Duration) {}
        ),
        "this is no length of time: write it as `\"90s\"`, `\"5m\"`, `\"1h30m\"` or `\"2d\"`",
    );
    check_function(
        quote!(
            async fn wait(#[range(from = 1)] time: u8) {}
        ),
        "`from` is no bound; there are `min` and `max`",
    );
    check_function(
        quote!(
            async fn say(#[length(1..=200)] words: Rest) {}
        ),
        "what takes all that follows has no shortest length: write `#[length(..=200)]`",
    );
    check_function(
        quote!(
            async fn say(
                #[range(1..=2)]
                #[length(1..=2)]
                words: String,
            ) {
            }
        ),
        "an argument has a range or a length, not both: numbers and durations have a range, texts a length",
    );
}

#[test]
fn keys_that_nobody_knows_are_refused_with_those_there_are() {
    check(
        quote!(title = "r"),
        quote!(
            /** Rolls. */
            async fn roll() {}
        ),
        "`title` is no key of `#[command]`; there are `name`, `description`, `example`, `order`, `control`, `ephemeral` and \
         `hidden`",
    );
    check(
        quote!(order = "none"),
        quote!(
            /** Rolls. */
            async fn roll() {}
        ),
        "the order is \"conversation\" or \"chat\"",
    );
    check(
        quote!(name = "/roll"),
        quote!(
            /** Rolls. */
            async fn roll() {}
        ),
        "write the name without `/`",
    );
    check_function(
        quote!(
            async fn roll(#[bounds(1..=2)] dice: u8) {}
        ),
        "`bounds` is no attribute of an argument; there are `range`, `length`, `rest` and `name`",
    );
}

#[test]
fn all_problems_are_said_at_once() {
    let item = quote!(
        fn roll(&self, text: &str) {}
    );
    let complaint = complaint(expand(TokenStream::new(), item));
    assert_eq!(complaint.lines().count(), 4, "{complaint}");
}

#[test]
fn a_function_without_context_or_arguments_is_a_command() {
    let item = quote!(
        /// Answers.
        async fn ping() -> &'static str {
            "pong"
        }
    );
    assert_eq!(complaint(expand(TokenStream::new(), item)), "it expands");
}

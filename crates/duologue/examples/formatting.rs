//! Everything that a message can look like. Run it with `cargo run -p duologue --example formatting`.

use duologue::prelude::*;

/// Show what a message can look like.
#[command]
async fn show(ctx: Context) -> Content {
    let whom = ctx.user().map_or("you", |user| user.name.as_str()).to_owned();
    Content::new()
        .heading("A heading")
        .paragraph([
            text("Hello "),
            bold(whom),
            text(", this is "),
            italic("italic"),
            text(", "),
            underline("underlined"),
            text(", "),
            strike("struck through"),
            text(", "),
            code("code"),
            text(" and a "),
            link("link", "https://example.org/"),
            text(". The killer is "),
            spoiler("the gardener"),
            text("."),
        ])
        .list([
            "no character of a text is markup: *this* is not bold",
            "and <b>this</b> neither",
        ])
        .numbered([bold("first"), italic("then")])
        .quote("What a network lacks is shown in another way, and the receipt says so.")
        .code_block("fn main() {\n    println!(\"hello\");\n}")
        .buttons([
            Button::link("The project", "https://example.org/"),
            Button::command("Again", "show", "").style(ButtonStyle::Primary),
        ])
}

#[duologue::main]
async fn main() -> duologue::Result {
    App::from_env()?.command(show).run().await
}

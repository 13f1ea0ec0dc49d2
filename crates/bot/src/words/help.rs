//! The words of help: the list, one command in detail, and what to do about an unknown one. Pure functions.

use duologue::prelude::{bold, code, italic, text};
use duologue::{Button, CommandSpec, Content, Inline};

/// The list of commands.
pub(crate) fn help<'a>(commands: impl Iterator<Item = &'a CommandSpec>) -> Content {
    let lines = commands.map(|spec| vec![code(spec.usage()), text(format!(" – {}", spec.description))]);
    Content::new()
        .heading("What I can do")
        .list(lines.collect::<Vec<Vec<Inline>>>())
        .paragraph([
            code("<so>"),
            text(" must be there and "),
            code("[so]"),
            text(" may be. "),
            code("/help roll"),
            text(" explains one command. I can do several things at once: no need to wait for me."),
        ])
}

/// One command in detail.
pub(crate) fn help_in_detail(spec: &CommandSpec, example: &str) -> Content {
    let mut content = Content::new()
        .heading(format!("/{}", spec.name))
        .paragraph(format!("{}.", spec.description.trim_end_matches('.')));
    for paragraph in spec
        .help
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
    {
        content = content.paragraph(paragraph.trim());
    }
    content = content.paragraph([bold("Usage: "), code(spec.usage())]);
    if !spec.arguments.is_empty() {
        let lines = spec.arguments.iter().map(|argument| {
            let optional = if argument.required { "" } else { " (optional)" };
            vec![
                bold(argument.name.as_str()),
                italic(optional),
                text(format!(
                    ": {}; {}",
                    argument.description.trim_end_matches('.'),
                    argument.kind.expects()
                )),
            ]
        });
        content = content.list(lines.collect::<Vec<_>>());
    }
    content.paragraph([bold("Example: "), code(example)])
}

/// The answer to a question about a command that does not exist.
pub(crate) fn no_such_command(name: &str, nearest: &[&str]) -> Content {
    let content = Content::new().paragraph([text("There is no "), code(format!("/{name}")), text(".")]);
    if nearest.is_empty() {
        let all = Button::command("Show all commands", "help", "");
        return content
            .paragraph([code("/help"), text(" lists what there is.")])
            .buttons([all]);
    }
    let buttons = nearest
        .iter()
        .map(|name| Button::command(format!("/help {name}"), "help", *name));
    content.paragraph("Did you mean one of these?").buttons(buttons)
}

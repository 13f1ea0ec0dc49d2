//! Arguments from text and from options, with the same checks; and the grammar of names.

use std::time::Duration;

use duologue_core::command::{
    ArgumentKind, ArgumentSpec, ArgumentValue, Arguments, ChoiceSpec, CommandSpec, check, parse,
};
use duologue_core::content::StyledText;
use duologue_core::testing::capabilities;
use duologue_core::{CommandCall, CommandInput, NameCharacters, OptionRules, OptionValue};

fn argument(name: &str, kind: ArgumentKind, required: bool) -> ArgumentSpec {
    ArgumentSpec {
        name: name.into(),
        description: "for a test".into(),
        kind,
        required,
    }
}

fn dice() -> CommandSpec {
    let mut spec = CommandSpec::new("roll", "Roll some dice.");
    spec.arguments = vec![
        argument("dice", ArgumentKind::Integer { min: 1, max: 100 }, true),
        argument(
            "sides",
            ArgumentKind::Choice(
                ["d6", "d20"]
                    .map(|name| ChoiceSpec {
                        value: name.into(),
                        label: format!("{name} die").into(),
                    })
                    .into(),
            ),
            false,
        ),
        argument("quiet", ArgumentKind::Bool, false),
        argument(
            "every",
            ArgumentKind::Duration {
                min: Duration::from_secs(1),
                max: Duration::from_secs(3600),
            },
            false,
        ),
        argument("note", ArgumentKind::Rest { max: 20 }, false),
    ];
    spec
}

fn call(input: CommandInput) -> CommandCall {
    CommandCall {
        name: "roll".into(),
        input,
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    }
}

fn typed(text: &str) -> Result<Arguments, String> {
    parse(&dice(), &call(CommandInput::Text(StyledText::plain(text)))).map_err(|error| error.to_string())
}

fn shown(arguments: Arguments) -> String {
    let mut arguments = arguments;
    let dice: u8 = arguments.take(0).expect("dice");
    let sides = arguments.take_value(1).map(|value| match value {
        ArgumentValue::Choice(name) => name.to_string(),
        other => format!("{other:?}"),
    });
    let quiet: Option<bool> = arguments.take(2).expect("quiet");
    let every: Option<Duration> = arguments.take(3).expect("every");
    let note: Option<duologue_core::command::Rest> = arguments.take(4).expect("note");
    format!(
        "{dice} {sides:?} {quiet:?} {every:?} {:?}",
        note.map(|rest| rest.0.text)
    )
}

#[test]
fn settings_that_no_argument_has_go_to_what_takes_all_that_follows() {
    for (line, expected) in [
        ("3 colour=red size=2", (3, None, Some("colour=red size=2"))),
        ("3 d20 colour=red", (3, Some("d20"), Some("colour=red"))),
        ("3 sides=d6 colour=red", (3, Some("d6"), Some("colour=red"))),
    ] {
        let mut arguments = typed(line).expect("it can be read");
        let dice: u8 = arguments.take(0).expect("dice");
        let sides = match arguments.take_value(1) {
            Some(ArgumentValue::Choice(name)) => Some(name.to_string()),
            _ => None,
        };
        let note: Option<duologue_core::command::Rest> = arguments.take(4).expect("note");
        let note = note.map(|rest| rest.0.text);
        assert_eq!((dice, sides.as_deref(), note.as_deref()), expected, "{line}");
    }
}

#[test]
fn text_is_parsed_by_the_spec() {
    for (text, wanted) in [
        ("3", r#"3 None None None None"#),
        ("3 D20", r#"3 Some("d20") None None None"#),
        ("3 \"d6 die\"", r#"3 Some("d6") None None None"#),
        (
            "  3   d6  yes  90s  for   luck ",
            r#"3 Some("d6") Some(true) Some(90s) Some("for   luck")"#,
        ),
        ("quiet=no 3 every=1h", r#"3 None Some(false) Some(3600s) None"#),
        (
            "3 every=1m30s d6 off some words",
            r#"3 Some("d6") Some(false) Some(90s) Some("some words")"#,
        ),
    ] {
        assert_eq!(typed(text).map(shown).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn bad_arguments_say_which_and_what_would_be_right() {
    for (text, wanted) in [
        ("", "`dice` is missing"),
        ("many", "`dice` is not a whole number from 1 to 100"),
        ("0", "`dice` is not a whole number from 1 to 100"),
        ("101", "`dice` is not a whole number from 1 to 100"),
        ("3 d7", "`sides` is not one of d6, d20"),
        ("3 d6 maybe", "`quiet` is not yes or no"),
        (
            "3 d6 yes 2h",
            "`every` is not a time from 1 s to 1 h, such as 90s or 5m",
        ),
        (
            "3 d6 yes 5m a note that is far too long",
            "`note` is not a text of up to 20 characters",
        ),
    ] {
        assert_eq!(typed(text).map(shown), Err(wanted.to_owned()), "{text}");
    }
}

#[test]
fn options_are_checked_like_text() {
    let options = |dice, sides: &str| {
        let options = vec![
            ("dice".into(), OptionValue::Integer(dice)),
            ("sides".into(), OptionValue::Text(sides.into())),
        ];
        parse(&dice_spec(), &call(CommandInput::Options(options)))
            .map(shown)
            .map_err(|error| error.to_string())
    };
    fn dice_spec() -> CommandSpec {
        dice()
    }
    assert_eq!(
        options(3, "d20").as_deref(),
        Ok(r#"3 Some("d20") None None None"#)
    );
    assert_eq!(
        options(300, "d20"),
        Err("`dice` is not a whole number from 1 to 100".to_owned())
    );
    assert_eq!(options(3, "d7"), Err("`sides` is not one of d6, d20".to_owned()));
}

#[test]
fn too_much_is_not_swallowed() {
    let mut spec = dice();
    spec.arguments.truncate(1);
    let call = call(CommandInput::Text(StyledText::plain("3 more words")));
    assert_eq!(
        parse(&spec, &call).map(|_| ()).map_err(|error| error.to_string()),
        Err("too much: more words".to_owned())
    );
}

#[test]
fn a_command_that_a_network_cannot_have_is_named_and_the_others_stay() {
    let mut rules = capabilities().commands;
    rules.options = Some(OptionRules {
        count: 25,
        name: 32,
        description: 100,
        choices: 25,
        choice: 100,
        total: 8000,
    });
    let mut late = dice();
    late.name = "late".into();
    late.arguments.push(argument("more", ArgumentKind::Bool, true));
    let specs = [
        dice(),
        CommandSpec::new("PING x", "a name that no network takes"),
        CommandSpec::new("silent", ""),
        CommandSpec::new("roll", "the same name again"),
        late,
        CommandSpec::new("fine", "fine"),
    ];
    let (good, problems) = check(&specs, &rules);
    let names: Vec<&str> = good.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["roll", "fine"]);
    let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "/PING x: the name has the character `P`; a to z, 0 to 9 and _ go",
            "/silent: the description has 0 characters; 1 to 100 go",
            "/roll: another command has this name; rename one of them",
            "/late: the required argument `more` stands behind an optional one; put it before",
            "/late: the argument `note` takes all that follows; put it last",
        ]
    );
}

#[test]
fn names_follow_the_grammar_of_their_network() {
    for (name, snake, unicode) in [
        ("roll", true, true),
        ("roll_dice", true, true),
        ("roll-dice", false, true),
        ("würfeln", false, true),
        ("骰子", false, true),
        ("Roll", false, false),
        ("roll dice", false, false),
        ("", false, false),
        ("a_name_that_is_longer_than_thirty_two", false, false),
    ] {
        for (characters, wanted) in [
            (NameCharacters::AsciiSnake, snake),
            (NameCharacters::UnicodeLower, unicode),
        ] {
            let mut rules = capabilities().commands;
            rules.name_characters = characters;
            let specs = [CommandSpec::new(name, "a command")];
            assert_eq!(
                check(&specs, &rules).0.len() == 1,
                wanted,
                "{name} with {characters:?}"
            );
        }
    }
}

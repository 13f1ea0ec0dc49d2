//! Times as people write them, on a Wednesday noon in Berlin.

use std::time::Duration;

use jiff::Zoned;

use super::{Unclear, When, read, read_time};

fn now() -> Zoned {
    "2026-11-25T12:00:00+01:00[Europe/Berlin]".parse().unwrap()
}

/// The text, and when.
fn asked(text: &str) -> Result<(String, String), Unclear> {
    let asked = read(text, &now())?;
    let when = match asked.when {
        When::Once(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        When::Every(interval) => format!("every {} s", interval.as_secs()),
        When::Cron(cron) => cron,
    };
    Ok((asked.text, when))
}

#[test]
fn what_people_write_is_understood() {
    let table = [
        ("in 20 minutes tea", "tea", "2026-11-25 12:20"),
        ("me in 20 min to drink tea", "drink tea", "2026-11-25 12:20"),
        (
            "in 1 hour and 30 minutes call Ben",
            "call Ben",
            "2026-11-25 13:30",
        ),
        ("in 1h30m call Ben", "call Ben", "2026-11-25 13:30"),
        ("in half an hour call Ben", "call Ben", "2026-11-25 12:30"),
        ("in an hour look up", "look up", "2026-11-25 13:00"),
        (
            "in two days water the plants",
            "water the plants",
            "2026-11-27 12:00",
        ),
        ("in 1 month rent", "rent", "2026-12-25 12:00"),
        ("tomorrow 9:00 stand-up", "stand-up", "2026-11-26 09:00"),
        ("tomorrow at 9 stand-up", "stand-up", "2026-11-26 09:00"),
        ("tomorrow stand-up", "stand-up", "2026-11-26 09:00"),
        ("tonight bins", "bins", "2026-11-25 20:00"),
        ("at 15:30 cake", "cake", "2026-11-25 15:30"),
        ("at 9 cake", "cake", "2026-11-26 09:00"),
        ("9:30 pm cake", "cake", "2026-11-25 21:30"),
        ("at noon tomorrow cake", "cake", "2026-11-26 12:00"),
        ("friday 10:00 dentist", "dentist", "2026-11-27 10:00"),
        ("on fri at 10am dentist", "dentist", "2026-11-27 10:00"),
        ("on wednesday dentist", "dentist", "2026-12-02 09:00"),
        ("2026-12-24 18:00 presents", "presents", "2026-12-24 18:00"),
        ("24.12. 18:00 presents", "presents", "2026-12-24 18:00"),
        ("24 december presents", "presents", "2026-12-24 09:00"),
        ("march 1st taxes", "taxes", "2027-03-01 09:00"),
        ("every weekday at 8:30 stand-up", "stand-up", "30 8 * * 1-5"),
        ("every day at 22:00 sleep", "sleep", "0 22 * * *"),
        ("every monday and friday at noon swim", "swim", "0 12 * * 1,5"),
        ("every week report", "report", "0 9 * * 3"),
        ("every month at 10:15 rent", "rent", "15 10 25 * *"),
        ("every 2 hours drink water", "drink water", "every 7200 s"),
        ("every hour drink water", "drink water", "every 3600 s"),
        ("drink tea in 20 minutes", "drink tea", "2026-11-25 12:20"),
        ("to call Ben tomorrow at 9", "call Ben", "2026-11-26 09:00"),
        ("Buy 3 apples at 17:00", "Buy 3 apples", "2026-11-25 17:00"),
    ];
    for (text, what, when) in table {
        assert_eq!(asked(text), Ok((what.to_owned(), when.to_owned())), "{text}");
    }
}

#[test]
fn what_is_unclear_is_said() {
    let table = [
        ("tea", Unclear::NoTime),
        ("", Unclear::NoTime),
        ("in twenty potatoes tea", Unclear::NoTime),
        ("in 20 minutes", Unclear::NoText),
        ("today at 9 breakfast", Unclear::Past),
        ("2020-01-01 the past", Unclear::Past),
        ("every 10 seconds poke", Unclear::TooOften),
        ("in 9000 days patience", Unclear::TooFar),
    ];
    for (text, expected) in table {
        assert_eq!(asked(text), Err(expected), "{text}");
    }
}

#[test]
fn a_change_of_the_clock_leaves_the_hour_on_the_wall_alone() {
    let before: Zoned = "2026-10-24T12:00:00+02:00[Europe/Berlin]".parse().unwrap();
    let Ok(When::Once(at)) = read_time("tomorrow at 9", &before) else {
        panic!("it is a time");
    };
    assert_eq!(at.to_string(), "2026-10-25T09:00:00+01:00[Europe/Berlin]");
    let Ok(When::Once(day)) = read_time("in 1 day", &before) else {
        panic!("it is a time");
    };
    assert_eq!(day.hour(), 12);
    assert_eq!(
        read_time("every 6 minutes", &before),
        Ok(When::Every(Duration::from_secs(360)))
    );
    assert_eq!(read_time("tomorrow at 9 tea", &before), Err(Unclear::NoTime));
}

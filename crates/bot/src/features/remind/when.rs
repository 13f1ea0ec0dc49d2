//! Times as people write them: `in 20 minutes tea`, `tomorrow 9:00 stand-up`, `every weekday at 8:30 …`. Pure functions.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, ToSpan, Zoned};

/// The hour of a day that was named without one, and of an evening.
const MORNING: Time = Time::constant(9, 0, 0, 0);
const EVENING: Time = Time::constant(20, 0, 0, 0);

/// The shortest time between two reminders of one kind.
pub(crate) const SHORTEST: Duration = Duration::from_secs(300);

/// The farthest that a reminder lies ahead: ten years.
const FARTHEST_DAYS: i64 = 3660;

/// When to remind, and of what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) when: When,
    pub(crate) text: String,
}

/// When to remind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum When {
    Once(Zoned),
    Every(Duration),
    /// A cron expression.
    Cron(String),
}

/// Why a text says no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// There is no time in it.
    NoTime,
    /// There is nothing to be reminded of.
    NoText,
    /// It is over.
    Past,
    /// It is too often.
    TooOften,
    /// It is too far away.
    TooFar,
}

/// Reads a text. The time comes first, or last.
pub(crate) fn read(text: &str, now: &Zoned) -> Result<Asked, Unclear> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut first = Words { words: &words, at: 0 };
    first.skip(&["me"]);
    if let Some(when) = when(&mut first, now) {
        first.skip(&["to", "that", "about", "of", "-", "–", ":"]);
        return finish(when, &words[first.at..], now);
    }
    for begin in 1..words.len() {
        let mut last = Words {
            words: &words,
            at: begin,
        };
        if let Some(when) = when(&mut last, now)
            && last.at == words.len()
        {
            let text = words[..begin].strip_prefix(&["me"]).unwrap_or(&words[..begin]);
            let text = text.strip_prefix(&["to"]).unwrap_or(text);
            return finish(when, text, now);
        }
    }
    Err(Unclear::NoTime)
}

/// Reads a time alone.
pub(crate) fn read_time(text: &str, now: &Zoned) -> Result<When, Unclear> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut all = Words { words: &words, at: 0 };
    let when = when(&mut all, now)
        .filter(|_| all.at == words.len())
        .ok_or(Unclear::NoTime)?;
    check(&when, now)?;
    Ok(when)
}

fn finish(when: When, text: &[&str], now: &Zoned) -> Result<Asked, Unclear> {
    check(&when, now)?;
    if text.is_empty() {
        return Err(Unclear::NoText);
    }
    let text = text.join(" ");
    Ok(Asked { when, text })
}

fn check(when: &When, now: &Zoned) -> Result<(), Unclear> {
    match when {
        When::Once(at) if at <= now => Err(Unclear::Past),
        When::Once(at) if at.timestamp().duration_since(now.timestamp()).as_hours() > 24 * FARTHEST_DAYS => {
            Err(Unclear::TooFar)
        }
        When::Every(interval) if *interval < SHORTEST => Err(Unclear::TooOften),
        _ => Ok(()),
    }
}

struct Words<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl<'a> Words<'a> {
    /// The next word in lower case, without what ends a part of a sentence.
    fn peek(&self) -> Option<String> {
        let word = self.words.get(self.at)?;
        Some(word.trim_end_matches([',', ';']).to_lowercase())
    }

    fn skip(&mut self, any: &[&str]) -> bool {
        let found = self.peek().is_some_and(|word| any.contains(&word.as_str()));
        self.at += usize::from(found);
        found
    }

    /// What a function reads; nothing is read where it finds nothing.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let begin = self.at;
        let found = read(self);
        if found.is_none() {
            self.at = begin;
        }
        found
    }

    fn next(&mut self) -> Option<String> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }
}

fn when(words: &mut Words<'_>, now: &Zoned) -> Option<When> {
    words
        .attempt(|words| {
            words
                .skip(&["in"])
                .then(|| length(words))
                .flatten()
                .and_then(|span| after(now, span))
        })
        .or_else(|| {
            words.attempt(|words| {
                words
                    .skip(&["every", "each"])
                    .then(|| every(words, now))
                    .flatten()
            })
        })
        .or_else(|| words.attempt(|words| moment(words, now)))
}

fn after(now: &Zoned, span: Span) -> Option<When> {
    now.checked_add(span).ok().map(When::Once)
}

/// `20 minutes`, `1 hour and 20 minutes`, `half an hour`, `1h30m`.
fn length(words: &mut Words<'_>) -> Option<Span> {
    let mut whole: Option<Span> = None;
    while let Some(part) = words.attempt(part) {
        whole = Some(match whole {
            None => part,
            // Days have 24 hours here: only whole days follow the calendar, below.
            Some(sum) => add(sum, part)?,
        });
        words.skip(&["and"]);
    }
    whole
}

fn add(sum: Span, part: Span) -> Option<Span> {
    let field = |a: i64, b: i64| a.checked_add(b);
    Span::new()
        .try_months(field(sum.get_months().into(), part.get_months().into())?)
        .and_then(|span| span.try_days(i64::from(sum.get_days()) + i64::from(part.get_days())))
        .and_then(|span| span.try_seconds(sum.get_seconds() + part.get_seconds()))
        .ok()
}

fn part(words: &mut Words<'_>) -> Option<Span> {
    let word = words.next()?;
    if word == "half" {
        words.skip(&["a", "an"]);
        return words.skip(&["hour"]).then(|| 1800.seconds());
    }
    let (number, unit) = match word.find(|letter: char| letter.is_alphabetic()) {
        // `1h30m` is two parts in one word.
        Some(at) if at > 0 => {
            let mut seconds = 0;
            let mut rest = word.as_str();
            while !rest.is_empty() {
                let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
                let number: i64 = rest[..digits].parse().ok()?;
                let letters = rest[digits..].find(|letter: char| letter.is_ascii_digit());
                let unit = &rest[digits..][..letters.unwrap_or(rest.len() - digits)];
                let span = span(number, unit)?;
                if span.get_days() != 0 || span.get_months() != 0 {
                    return letters.is_none().then_some(span).filter(|_| seconds == 0);
                }
                seconds += span.get_seconds();
                rest = letters.map_or("", |letters| &rest[digits + letters..]);
            }
            return Span::new().try_seconds(seconds).ok();
        }
        _ => (number(&word)?, words.next()?),
    };
    span(number, &unit)
}

fn number(word: &str) -> Option<i64> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    match word {
        "a" | "an" => Some(1),
        _ => word.parse().ok().or_else(|| {
            let place = WORDS.iter().position(|known| *known == word)?;
            i64::try_from(place).ok()
        }),
    }
}

fn span(number: i64, unit: &str) -> Option<Span> {
    let span = Span::new();
    let seconds = |each: i64| span.try_seconds(number.checked_mul(each)?).ok();
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => seconds(1),
        "m" | "min" | "mins" | "minute" | "minutes" => seconds(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => seconds(3600),
        "d" | "day" | "days" => span.try_days(number).ok(),
        "w" | "week" | "weeks" => span.try_days(number.checked_mul(7)?).ok(),
        "month" | "months" => span.try_months(number).ok(),
        _ => None,
    }
}

/// `day at 9`, `weekday at 8:30`, `monday and friday at noon`, `2 hours`, `month at 9:00`.
fn every(words: &mut Words<'_>, now: &Zoned) -> Option<When> {
    if let Some(span) = words.attempt(interval) {
        return Some(When::Every(span));
    }
    let days = match words.next()?.as_str() {
        "day" | "morning" => "* * *".to_owned(),
        "evening" => {
            let time = time_of_day(words).unwrap_or(EVENING);
            return Some(cron(time, "* * *"));
        }
        "weekday" | "weekdays" | "workday" => "* * 1-5".to_owned(),
        "weekend" | "weekends" => "* * 0,6".to_owned(),
        "week" => format!("* * {}", now.weekday().to_sunday_zero_offset()),
        "month" => format!("{} * *", now.day().min(28)),
        word => {
            let mut days = vec![weekday(word)?.to_sunday_zero_offset()];
            loop {
                let more = words.attempt(|words| {
                    words.skip(&["and", "&"]);
                    weekday(&words.next()?)
                });
                let Some(more) = more else { break };
                days.push(more.to_sunday_zero_offset());
            }
            let days: Vec<String> = days.iter().map(ToString::to_string).collect();
            format!("* * {}", days.join(","))
        }
    };
    let time = time_of_day(words).unwrap_or(MORNING);
    Some(cron(time, &days))
}

/// A number of hours or minutes; whole days follow the calendar.
fn interval(words: &mut Words<'_>) -> Option<Duration> {
    let span = match words.peek()?.as_str() {
        "hour" | "minute" => span(1, &words.next()?)?,
        _ => part(words)?,
    };
    if span.get_days() != 0 || span.get_months() != 0 {
        return None;
    }
    u64::try_from(span.get_seconds()).ok().map(Duration::from_secs)
}

fn cron(time: Time, days: &str) -> When {
    When::Cron(format!("{} {} {days}", time.minute(), time.hour()))
}

/// A day with or without a time, or a time with or without a day.
fn moment(words: &mut Words<'_>, now: &Zoned) -> Option<When> {
    if let Some((day, usual)) = words.attempt(|words| day(words, now)) {
        let time = time_of_day(words).unwrap_or(usual);
        return on(day, time, now).map(When::Once);
    }
    let time = time_of_day(words)?;
    if let Some((day, _)) = words.attempt(|words| day(words, now)) {
        return on(day, time, now).map(When::Once);
    }
    let today = on(now.date(), time, now)?;
    if today > *now {
        return Some(When::Once(today));
    }
    on(now.date().checked_add(1.day()).ok()?, time, now).map(When::Once)
}

fn on(day: Date, time: Time, now: &Zoned) -> Option<Zoned> {
    day.to_datetime(time).to_zoned(now.time_zone().clone()).ok()
}

/// A day, and the time on it that is meant where none is said.
fn day(words: &mut Words<'_>, now: &Zoned) -> Option<(Date, Time)> {
    words.skip(&["on"]);
    let next = words.skip(&["next"]);
    let today = now.date();
    let word = words.next()?;
    let day = match word.as_str() {
        "today" => today,
        "tonight" => return Some((today, EVENING)),
        "tomorrow" => today.checked_add(1.day()).ok()?,
        "week" if next => today.checked_add(7.days()).ok()?,
        _ => match weekday(&word) {
            Some(wanted) => today.nth_weekday(1, wanted).ok()?,
            None => date(&word, words, today)?,
        },
    };
    Some((day, MORNING))
}

/// `2026-12-24`, `24.12.`, `24.12.2026`, `24 december`, `december 24`.
fn date(word: &str, words: &mut Words<'_>, today: Date) -> Option<Date> {
    if let Ok(date) = word.parse::<Date>() {
        return Some(date);
    }
    let parts: Vec<&str> = word.split('.').filter(|part| !part.is_empty()).collect();
    if let [day, month, rest @ ..] = parts.as_slice()
        && word.contains('.')
    {
        let year = rest.first().map(|year| year.parse().ok());
        return coming(day.parse().ok()?, month.parse().ok()?, year.flatten(), today);
    }
    let ordinal = |word: &str| {
        word.trim_end_matches(|letter: char| letter.is_alphabetic())
            .parse::<i8>()
            .ok()
    };
    let (day, month) = match month(word) {
        Some(month) => (ordinal(&words.next()?)?, month),
        None => {
            let day = ordinal(word)?;
            words.skip(&["of"]);
            (day, month(&words.next()?)?)
        }
    };
    coming(day, month, None, today)
}

/// A day of a year, or of the next one where it is over.
fn coming(day: i8, month: i8, year: Option<i16>, today: Date) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year, month, day).ok();
    }
    let date = Date::new(today.year(), month, day).ok()?;
    if date >= today {
        return Some(date);
    }
    Date::new(today.year() + 1, month, day).ok()
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let place = MONTHS.iter().position(|month| named(month, word))?;
    i8::try_from(place + 1).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let word = word
        .strip_suffix('s')
        .filter(|word| word.ends_with("day"))
        .unwrap_or(word);
    DAYS.iter()
        .find(|(name, _)| named(name, word))
        .map(|(_, day)| *day)
}

/// Whether a word is a name or its beginning, of three letters at least.
fn named(name: &str, word: &str) -> bool {
    let word = word.trim_end_matches('.');
    word.len() >= 3 && name.starts_with(word)
}

/// `9:00`, `at 9`, `9am`, `9:30 pm`, `noon`, `midnight`.
fn time_of_day(words: &mut Words<'_>) -> Option<Time> {
    words.attempt(|words| {
        let at = words.skip(&["at"]);
        let word = words.next()?;
        match word.as_str() {
            "noon" => return Time::new(12, 0, 0, 0).ok(),
            "midnight" => return Time::new(0, 0, 0, 0).ok(),
            _ => {}
        }
        let letters = word
            .find(|letter: char| letter.is_alphabetic())
            .unwrap_or(word.len());
        let (digits, mut half) = (&word[..letters], word[letters..].to_owned());
        if half.is_empty()
            && let Some(next) = words
                .peek()
                .filter(|next| matches!(next.as_str(), "am" | "pm" | "a.m." | "p.m."))
        {
            words.at += 1;
            half = next;
        }
        let (hour, minute) = match digits.split_once(':') {
            Some((hour, minute)) if minute.len() == 2 => (hour.parse::<i8>().ok()?, minute.parse().ok()?),
            // A number alone is a time only where it is said to be one.
            None if at || !half.is_empty() => (digits.parse().ok()?, 0),
            _ => return None,
        };
        let hour = match half.replace('.', "").as_str() {
            "" => hour,
            "am" if (1..=12).contains(&hour) => hour % 12,
            "pm" if (1..=12).contains(&hour) => hour % 12 + 12,
            _ => return None,
        };
        Time::new(hour, minute, 0, 0).ok()
    })
}

#[cfg(test)]
mod tests;

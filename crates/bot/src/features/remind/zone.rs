//! `/timezone`: on whose clock times are. Owns nothing; the store does.

use duologue::prelude::*;
use duologue::state::{Of, State};
use duologue::store::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::words::remind as words;

/// The zone where nobody has set one.
const USUAL: &str = "UTC";

/// How many names are offered.
const OFFERED: usize = 6;

/// A person's time zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Zone {
    name: Option<String>,
}

impl State for Zone {
    const NAME: &'static str = "timezone";
}

impl Zone {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
        }
    }

    pub(crate) fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| USUAL.to_owned())
    }

    /// Whether somebody has set it.
    pub(crate) fn is_set(&self) -> bool {
        self.name.is_some()
    }

    /// A time on this clock.
    pub(crate) fn at(&self, time: Timestamp) -> Result<Zoned, HandlerError> {
        // A zone that is gone with a newer list of zones is shown as UTC.
        let zone = TimeZone::get(&self.name()).unwrap_or(TimeZone::UTC);
        Ok(jiff::Timestamp::from_millisecond(time.0)?.to_zoned(zone))
    }
}

/// Set your time zone, for reminders
#[command(example = "Europe/Berlin")]
pub(crate) async fn timezone(
    ctx: Context,
    /// a city such as `Berlin`, or a zone such as `Europe/Berlin`
    #[rest]
    place: Option<String>,
) -> Result<Content, HandlerError> {
    let Some(place) = place.filter(|place| !place.trim().is_empty()) else {
        let zone: Zone = ctx.state(Of::Person).await?;
        return Ok(words::zone_is(&zone.name(), &zone.at(ctx.now())?, zone.is_set()));
    };
    let found = find(&place);
    match found.as_slice() {
        [name] => {
            let zone = Zone::named(name);
            ctx.change_state::<Zone, _>(Of::Person, |kept| *kept = zone.clone())
                .await?;
            Ok(words::zone_is(name, &zone.at(ctx.now())?, true))
        }
        [] => Err(HandlerError::say(words::no_zone(&place))),
        many => Ok(words::which_zone(many)),
    }
}

/// The zones that a text can mean: one that has exactly this name or city, else those with it in their name.
fn find(place: &str) -> Vec<String> {
    let wanted = place.trim().to_lowercase().replace(' ', "_");
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let lower = |name: &str| name.to_lowercase();
    let city = |name: &str| lower(name).rsplit('/').next().is_some_and(|city| city == wanted);
    if let Some(name) = names.iter().find(|name| lower(name) == wanted) {
        return vec![name.clone()];
    }
    let mut found: Vec<String> = names.iter().filter(|name| city(name)).cloned().collect();
    if found.is_empty() && wanted.chars().count() >= 3 {
        found = names
            .into_iter()
            .filter(|name| lower(name).contains(&wanted))
            .collect();
    }
    found.sort_by_key(String::len);
    found.truncate(OFFERED);
    found
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_city_is_enough_and_what_is_not_clear_is_offered() {
        assert_eq!(find("berlin"), ["Europe/Berlin"]);
        assert_eq!(find("Europe/Berlin"), ["Europe/Berlin"]);
        assert_eq!(find("new york"), ["America/New_York"]);
        assert_eq!(find("utc")[0], "UTC");
        assert!(find("indiana").len() > 1);
        assert!(find("Atlantis").is_empty());
    }
}

//! The settings of models as people type them: `dice=3 sides=20`. Pure functions.

use super::models::Simulate;

/// Something that can be set, a number within bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) usual: f64,
    /// Whether it has to be a whole number.
    pub(crate) whole: bool,
}

impl Setting {
    pub(crate) const fn whole(name: &'static str, least: u32, most: u32, usual: u32) -> Self {
        Self {
            name,
            least: least as f64,
            most: most as f64,
            usual: usual as f64,
            whole: true,
        }
    }

    pub(crate) const fn fraction(name: &'static str, least: f64, most: f64, usual: f64) -> Self {
        Self {
            name,
            least,
            most,
            usual,
            whole: false,
        }
    }
}

/// Settings that fit a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings(Vec<(&'static str, f64)>);

/// What is wrong with what was typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BadSetting {
    /// It is no `name=value`.
    NoSetting(String),
    /// The model has nothing of this name.
    Unknown(String),
    /// The value is out of bounds or no number.
    Value(Setting, String),
}

impl Settings {
    /// Reads `name=value` words, also with spaces around the `=` or a `:` in its place.
    pub(crate) fn parse(words: &str, known: &'static [Setting]) -> Result<Self, BadSetting> {
        let tidy = words.replace([':', ','], " ").replace('=', " = ");
        let mut words = tidy.split_whitespace().filter(|word| *word != "=");
        let mut settings = Self::default();
        while let Some(name) = words.next() {
            let Some(setting) = known
                .iter()
                .find(|setting| setting.name.eq_ignore_ascii_case(name))
            else {
                return Err(BadSetting::Unknown(name.to_owned()));
            };
            let Some(value) = words.next() else {
                return Err(BadSetting::NoSetting(name.to_owned()));
            };
            let number = value.parse::<f64>().ok().filter(|number| {
                let fits = (setting.least..=setting.most).contains(number);
                fits && (!setting.whole || number.fract() == 0.0)
            });
            match number {
                Some(number) => settings.0.push((setting.name, number)),
                None => return Err(BadSetting::Value(*setting, value.to_owned())),
            }
        }
        Ok(settings)
    }

    pub(crate) fn apply(&self, model: &mut impl Simulate) {
        for (name, value) in &self.0 {
            model.set(name, *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadSetting, Setting, Settings};

    const KNOWN: &[Setting] = &[
        Setting::whole("dice", 1, 100, 2),
        Setting::fraction("spread", 0.5, 2.0, 1.0),
    ];

    fn parse(words: &str) -> Result<Vec<(&'static str, f64)>, BadSetting> {
        Settings::parse(words, KNOWN).map(|settings| settings.0)
    }

    #[test]
    fn settings_are_read_however_they_are_spaced() {
        let both = vec![("dice", 3.0), ("spread", 1.5)];
        for words in [
            "dice=3 spread=1.5",
            "dice = 3, spread = 1.5",
            "Dice: 3 spread:1.5",
            "dice 3 spread 1.5",
        ] {
            assert_eq!(parse(words), Ok(both.clone()), "{words}");
        }
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(parse("sides=3"), Err(BadSetting::Unknown("sides".to_owned())));
        assert_eq!(parse("dice"), Err(BadSetting::NoSetting("dice".to_owned())));
        for value in ["0", "101", "2.5", "many", "NaN", "inf", "-1"] {
            let bad = parse(&format!("dice={value}"));
            assert_eq!(bad, Err(BadSetting::Value(KNOWN[0], value.to_owned())));
        }
        assert_eq!(
            parse("spread=0.4"),
            Err(BadSetting::Value(KNOWN[1], "0.4".to_owned()))
        );
    }
}

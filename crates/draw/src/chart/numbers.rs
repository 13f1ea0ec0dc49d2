//! Numbers as people read them: 1.2 k, 3.4 M, 0.05. Owns no state.

/// Steps of a thousand and their letters.
const LETTERS: [(f64, &str); 4] = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
/// From here on no letter helps.
const HUGE: f64 = 1e15;
/// Below this a number needs its power of ten.
const TINY: f64 = 1e-4;
/// The most digits behind the point beside a letter: more, and the plain number is easier to read.
const MOST_DECIMALS: usize = 2;
/// Between thousands: a narrow space that does not break.
const GROUP: char = '\u{202F}';

/// A number with at most three digits that count.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "–".to_owned();
    }
    // Rounding first: 999,999 is a million.
    let digits = value.abs().log10().floor();
    let unit = 10_f64.powf(digits - 2.0);
    let rounded = if unit.is_normal() {
        (value / unit).round() * unit
    } else {
        value
    };
    let size = rounded.abs();
    if !(TINY..HUGE).contains(&size) {
        return power(rounded);
    }
    let (part, letter) = LETTERS
        .into_iter()
        .find(|(part, _)| size >= *part * (1.0 - f64::EPSILON))
        .unwrap_or((1.0, ""));
    let shown = rounded / part;
    let decimals = (2.0 - shown.abs().log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{}{letter}", trimmed(shown, decimals))
}

/// The labels of an axis: all with the same letter and as many decimals as their distance needs.
pub(super) fn labels(values: &[f64]) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let step = values
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(
            largest,
            |least, step| if step > 0.0 { least.min(step) } else { least },
        );
    if largest > 0.0 && !(TINY..HUGE).contains(&largest) {
        return values
            .iter()
            .map(|value| {
                if value.abs() < step / 2.0 {
                    "0".to_owned()
                } else {
                    power(*value)
                }
            })
            .collect();
    }
    let letter = LETTERS
        .into_iter()
        .find(|(part, _)| largest >= *part * 0.999_999 && decimals(step / part) <= MOST_DECIMALS);
    let (part, letter) = letter.unwrap_or((1.0, ""));
    let decimals = decimals(step / part);
    values
        .iter()
        .map(|value| {
            let shown = value / part;
            if shown.abs() < step / part / 2.0 {
                return "0".to_owned();
            }
            format!("{}{letter}", grouped(&format!("{shown:.decimals$}")))
        })
        .map(|label| label.replace('-', "−"))
        .collect()
}

/// How many digits behind the point tell steps of this size apart.
fn decimals(step: f64) -> usize {
    let mut decimals = 0;
    let mut shown = step;
    // Steps are 1, 2 or 5 times a power of ten, a little off.
    while decimals < 9 && (shown - shown.round()).abs() > shown.abs() * 1e-6 {
        shown *= 10.0;
        decimals += 1;
    }
    decimals
}

fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    text.replace('-', "−")
}

/// Spaces between thousands, from five digits on.
fn grouped(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let digits = number[..whole].trim_start_matches('-').len();
    if digits < 5 {
        return number.to_owned();
    }
    let mut text = String::with_capacity(number.len() + 4);
    for (index, letter) in number.char_indices() {
        if index < whole && letter.is_ascii_digit() && (whole - index).is_multiple_of(3) && index > 0 {
            text.push(GROUP);
        }
        text.push(letter);
    }
    text.replace(&format!("-{GROUP}"), "-")
}

/// A number with its power of ten: 1.2·10⁻⁷.
fn power(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let raised: String = exponent
        .chars()
        .map(|letter| match letter {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            other => char::from_u32(u32::from('⁰') + other.to_digit(10).unwrap_or_default()).unwrap_or(other),
        })
        .collect();
    format!("{mantissa}·10{raised}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::{labels, short};

    #[test]
    fn a_number_is_short() {
        for (value, text) in [
            (0.0, "0"),
            (3.14259, "3.14"),
            (-0.05, "−0.05"),
            (12.0, "12"),
            (999.4, "999"),
            (1000.0, "1 k"),
            (1234.0, "1.23 k"),
            (999_999.0, "1 M"),
            (3_400_000.0, "3.4 M"),
            (2.5e9, "2.5 G"),
            (7.0e12, "7 T"),
            (1.5e15, "1.5·10¹⁵"),
            (-1.25e-7, "−1.25·10⁻⁷"),
            (0.012345, "0.0123"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(value), text, "{value}");
        }
    }

    #[test]
    fn the_labels_of_an_axis_agree() {
        for (values, expected) in [
            (vec![0.0, 0.5, 1.0], vec!["0", "0.5", "1.0"]),
            (vec![-20.0, 0.0, 20.0], vec!["−20", "0", "20"]),
            (vec![0.0, 500.0, 1000.0], vec!["0", "0.5 k", "1.0 k"]),
            (vec![0.0, 5e5, 1e6], vec!["0", "0.5 M", "1.0 M"]),
            (vec![2020.0, 2021.0, 2022.0], vec!["2020", "2021", "2022"]),
            (
                vec![1_000_001.0, 1_000_002.0],
                vec!["1\u{202F}000\u{202F}001", "1\u{202F}000\u{202F}002"],
            ),
            (vec![0.0, 2e-7], vec!["0", "2·10⁻⁷"]),
            (vec![0.0, 2e20], vec!["0", "2·10²⁰"]),
            (vec![0.0], vec!["0"]),
            (vec![], vec![]),
        ] {
            assert_eq!(labels(&values), expected, "{values:?}");
        }
        assert_eq!(labels(&[-123_456.7, -123_456.6])[0], "−123\u{202F}456.7");
    }
}

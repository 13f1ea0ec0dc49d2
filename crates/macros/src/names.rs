//! Names as the networks and people write them, made from names as Rust writes them. Pure functions.

use syn::Ident;
use syn::ext::IdentExt;

/// The name of a function or an argument as a person types it: no `r#`, no `_` around it.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string().trim_matches('_').to_owned()
}

/// `number_of_dice` as `number of dice`.
pub(crate) fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// `RedWine` as `red` and `wine`, `HTTPPort` as `http` and `port`, `D20` as `d20`.
fn words(camel: &str) -> Vec<String> {
    let letters: Vec<char> = camel.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let behind = letters.get(index + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && behind.is_some_and(|behind| behind.is_lowercase()))
            });
        if (starts || *letter == '_') && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if *letter != '_' {
            word.extend(letter.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `RedWine` as `red-wine`.
pub(crate) fn kebab(camel: &str) -> String {
    words(camel).join("-")
}

/// `RedWine` as `red_wine`.
pub(crate) fn snake(camel: &str) -> String {
    words(camel).join("_")
}

/// `RedWine` as `Red wine`, `D20` as `D20`.
pub(crate) fn title(camel: &str) -> String {
    let spaced = words(camel).join(" ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => spaced,
    }
}

#[cfg(test)]
mod tests {
    use super::{kebab, title};

    #[test]
    fn words_of_a_camel_case_name_are_found() {
        for (camel, dashed, titled) in [
            ("D20", "d20", "D20"),
            ("RedWine", "red-wine", "Red wine"),
            ("HTTPPort", "http-port", "Http port"),
            ("Vitamin2Drink", "vitamin2-drink", "Vitamin2 drink"),
            ("already_snake", "already-snake", "Already snake"),
        ] {
            assert_eq!(kebab(camel), dashed);
            assert_eq!(title(camel), titled);
        }
    }
}

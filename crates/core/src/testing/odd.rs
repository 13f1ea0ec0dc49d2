//! JSON and text that are nearly right: something valid with some of its parts made into anything. Owns its random
//! numbers.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// How deep a value of its making can be.
const DEPTH: u32 = 3;

/// Letters of which some are more than they look like.
const LETTERS: [&str; 12] = [
    "a",
    "/",
    "@",
    " ",
    "\n",
    "\"",
    "\u{0}",
    "é",
    "🐝",
    "👩‍🔬",
    "\u{202e}",
    "0",
];

/// A source of what is nearly right. The same seed gives the same.
#[derive(Debug)]
pub struct Odd(StdRng);

impl Odd {
    /// One that begins with a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A value with one to three of its parts made into anything, or taken away.
    #[must_use]
    pub fn twist(&mut self, value: &Value) -> Value {
        let mut twisted = value.clone();
        for _ in 0..self.0.random_range(1..=3) {
            let mut places = Vec::new();
            collect(&twisted, String::new(), &mut places);
            let Some(place) = places.choose(&mut self.0).cloned() else {
                break;
            };
            let anything = self.anything();
            if self.0.random_bool(0.2)
                && let Some((parent, name)) = place.rsplit_once('/')
                && let Some(parent) = twisted.pointer_mut(parent).and_then(Value::as_object_mut)
            {
                parent.remove(name);
            } else if let Some(part) = twisted.pointer_mut(&place) {
                *part = anything;
            }
        }
        twisted
    }

    /// Any value.
    #[must_use]
    pub fn anything(&mut self) -> Value {
        self.value(DEPTH)
    }

    /// Any text, now and then a long one.
    #[must_use]
    pub fn text(&mut self) -> String {
        let length = match self.0.random_range(0..20) {
            0 => 5000,
            1..6 => 0,
            _ => self.0.random_range(1..30),
        };
        (0..length)
            .filter_map(|_| LETTERS.choose(&mut self.0).copied())
            .collect()
    }

    fn value(&mut self, depth: u32) -> Value {
        let kinds = if depth == 0 { 7 } else { 9 };
        match self.0.random_range(0..kinds) {
            0 => Value::Null,
            1 => json!(self.0.random::<bool>()),
            2 => json!(self.0.random::<i64>()),
            3 => json!(u64::MAX),
            4 => json!(self.0.random_range(-2.0..1e300)),
            5 => json!(self.0.random_range(-3..3)),
            6 => json!(self.text()),
            7 => (0..self.0.random_range(0..4))
                .map(|_| self.value(depth - 1))
                .collect(),
            _ => {
                let names = ["id", "type", "text", "chat", "odd"];
                let parts = (0..self.0.random_range(0..4)).map(|_| {
                    let name = names.choose(&mut self.0).copied().unwrap_or("odd");
                    (name.to_owned(), self.value(depth - 1))
                });
                Value::Object(parts.collect())
            }
        }
    }
}

/// The places of all parts of a value, as JSON pointers.
fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                collect(part, format!("{at}/{name}"), places);
            }
        }
        Value::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                collect(part, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        places.push(at);
    }
}

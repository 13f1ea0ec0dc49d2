//! Sentences of articles, and the words in them that say what they are about. Pure functions.

use std::collections::{HashMap, HashSet};

use duologue_web::readable::{Article, Block};
use unicode_segmentation::UnicodeSegmentation;

/// The shortest and the longest sentence that can stand alone, in words.
const WORDS: std::ops::RangeInclusive<usize> = 6..=45;

/// The longest sentence, in bytes: words can be long.
const LONGEST: usize = 600;

/// The most sentences of all sources together. The ranking compares each with each.
pub(super) const MOST_SENTENCES: usize = 600;

/// The shortest word that says anything, in letters.
const SHORTEST_WORD: usize = 3;

/// The language whose common words are left out where a source names none.
const USUAL_LANGUAGE: &str = "en";

/// A sentence of a source.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sentence {
    /// The source, from 0.
    pub(super) source: usize,
    /// Its place in the source, from 0.
    pub(super) place: usize,
    /// How many sentences its source has.
    pub(super) of: usize,
    pub(super) text: String,
    /// Somebody else's words, as its source marks them.
    pub(super) quoted: bool,
    /// The stems of its words, each once.
    pub(super) stems: Vec<u32>,
}

/// The sentences of all sources, and the words in them.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    pub(super) sentences: Vec<Sentence>,
    /// For each stem, how it is written most often.
    pub(super) spellings: Vec<String>,
}

/// Takes articles apart.
pub(super) fn corpus<'a>(articles: impl IntoIterator<Item = &'a Article>) -> Corpus {
    let articles: Vec<&Article> = articles.into_iter().collect();
    // No source crowds out the others.
    let share = (MOST_SENTENCES / articles.len().max(1)).max(20);
    let mut stems = Stems::default();
    let mut seen = HashSet::new();
    let mut sentences = Vec::new();
    for (source, article) in articles.iter().enumerate() {
        let common = common_words(article.language.as_deref());
        let first = sentences.len();
        for block in &article.blocks {
            let quoted = matches!(block, Block::Quote { .. });
            if !matches!(
                block,
                Block::Paragraph { .. } | Block::Quote { .. } | Block::Item { .. }
            ) {
                continue;
            }
            for text in split(block.text()) {
                let room = sentences.len() - first < share;
                if room && stands_alone(&text) && seen.insert(text.to_lowercase()) {
                    sentences.push(Sentence {
                        source,
                        place: sentences.len() - first,
                        of: 0,
                        stems: stems.of(&text, &common),
                        text,
                        quoted,
                    });
                }
            }
        }
        let of = sentences.len() - first;
        for sentence in &mut sentences[first..] {
            sentence.of = of;
        }
    }
    Corpus {
        sentences,
        spellings: stems.spellings(),
    }
}

/// Sentences of a paragraph. What seems to end after an abbreviation goes on.
fn split(text: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let text = text.replace('\n', " ");
    for piece in text.split_sentence_bounds() {
        match sentences.last_mut() {
            Some(last) if ends_short(last) => last.push_str(piece),
            _ => sentences.push(piece.to_owned()),
        }
    }
    sentences
        .iter()
        .map(|sentence| sentence.trim().to_owned())
        .collect()
}

/// Whether a piece ends with something like `Dr.`, `e.g.` or `J.`
fn ends_short(piece: &str) -> bool {
    const SHORT: [&str; 12] = [
        "dr.", "mr.", "mrs.", "ms.", "st.", "prof.", "e.g.", "i.e.", "ca.", "vs.", "no.", "bzw.",
    ];
    let Some(word) = piece.split_whitespace().next_back() else {
        return false;
    };
    let initial = word.ends_with('.') && word.chars().filter(|letter| letter.is_alphabetic()).count() == 1;
    initial || SHORT.contains(&word.to_lowercase().as_str())
}

/// Whether a sentence says something by itself.
fn stands_alone(text: &str) -> bool {
    let words = text.unicode_words().count();
    let ends = text
        .trim_end_matches(['"', '”', '“', '’', '\'', ')', '»', '«'])
        .ends_with(['.', '!', '?', '…', '。']);
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let starts = text.chars().find(|letter| letter.is_alphanumeric());
    WORDS.contains(&words)
        && text.len() <= LONGEST
        && ends
        && 2 * letters > text.chars().count()
        && starts.is_some_and(|letter| !letter.is_lowercase())
}

fn common_words(language: Option<&str>) -> HashSet<&'static str> {
    let language = language.unwrap_or(USUAL_LANGUAGE);
    let primary = language
        .split(['-', '_'])
        .next()
        .unwrap_or(USUAL_LANGUAGE)
        .to_lowercase();
    let words = stop_words::lookup(&primary).or_else(|| stop_words::lookup(USUAL_LANGUAGE));
    words.into_iter().flatten().copied().collect()
}

/// The stem of a word: without the ending of a plural. It is for comparing alone.
pub(super) fn stem(word: &str) -> String {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    let endings = [
        ("ies", "y", 5),
        ("sses", "ss", 6),
        ("ing", "", 7),
        ("ed", "", 6),
        ("s", "", 4),
    ];
    for (ending, put, least) in endings {
        if letters >= least
            && let Some(stem) = word.strip_suffix(ending)
            && !(ending == "s" && stem.ends_with(['s', 'u', 'i']))
        {
            return format!("{stem}{put}");
        }
    }
    word
}

/// The stems of all words of a text, also of an address.
pub(super) fn stems(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(stem)
}

/// The stems of words that mean something.
pub(super) fn topic_stems(topic: &str) -> Vec<String> {
    let common = common_words(None);
    let mut words: Vec<String> = topic.unicode_words().map(str::to_lowercase).collect();
    // A topic of common words alone is still a topic.
    if words.iter().any(|word| !common.contains(word.as_str())) {
        words.retain(|word| !common.contains(word.as_str()));
    }
    words.iter().map(|word| stem(word)).collect()
}

#[derive(Default)]
struct Stems {
    numbers: HashMap<String, u32>,
    /// For each stem, its spellings and how often each stands there.
    written: Vec<HashMap<String, u32>>,
}

impl Stems {
    fn of(&mut self, text: &str, common: &HashSet<&str>) -> Vec<u32> {
        let mut stems = Vec::new();
        for word in text.unicode_words() {
            let lower = word.to_lowercase();
            let telling = lower.chars().filter(|letter| letter.is_alphabetic()).count() >= SHORTEST_WORD;
            if !telling || common.contains(lower.as_str()) {
                continue;
            }
            let next = u32::try_from(self.written.len()).unwrap_or(u32::MAX);
            let number = *self.numbers.entry(stem(word)).or_insert(next);
            if number == next {
                self.written.push(HashMap::new());
            }
            *self.written[number as usize].entry(lower).or_default() += 1;
            if !stems.contains(&number) {
                stems.push(number);
            }
        }
        stems
    }

    fn spellings(self) -> Vec<String> {
        let most = |written: HashMap<String, u32>| {
            let most = written
                .into_iter()
                .max_by(|(a, m), (b, n)| m.cmp(n).then_with(|| b.cmp(a)));
            most.map(|(spelling, _)| spelling).unwrap_or_default()
        };
        self.written.into_iter().map(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use duologue_web::readable::{Article, Block};

    use super::{corpus, split, stands_alone, stem, topic_stems};

    fn paragraph(text: &str) -> Block {
        Block::Paragraph {
            text: text.to_owned(),
        }
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        let text = "Dr. Smith, J. Doe and others met. It rained! Was it e.g. the cold?";
        assert_eq!(
            split(text),
            [
                "Dr. Smith, J. Doe and others met.",
                "It rained!",
                "Was it e.g. the cold?"
            ]
        );
    }

    #[test]
    fn what_is_no_sentence_is_left_out() {
        assert!(stands_alone("The queen lays her eggs in spring."));
        for text in [
            "Read more here",
            "and so it went on for many long years.",
            "Too short.",
            "12 | 13 | 14 | 15 | 16 | 17.",
        ] {
            assert!(!stands_alone(text), "{text}");
        }
    }

    #[test]
    fn words_of_one_kind_have_one_stem() {
        for (one, other) in [
            ("bee", "Bees"),
            ("colony", "colonies"),
            ("dance", "dances"),
            ("glass", "glass"),
        ] {
            assert_eq!(stem(one), stem(other));
        }
        assert_eq!(topic_stems("The life of bees"), ["life", "bee"]);
        assert_eq!(topic_stems("who"), ["who"]);
    }

    #[test]
    fn a_sentence_that_two_sources_share_counts_once() {
        let article = |text: &str| Article {
            blocks: vec![paragraph(text)],
            ..Article::default()
        };
        let one = article("The queen lays her eggs in early spring. The workers feed her all day long.");
        let other =
            article("The queen lays her eggs in early spring. Nobody knows how long she lives there.");
        let corpus = corpus([&one, &other]);
        assert_eq!(corpus.sentences.len(), 3);
        assert_eq!(corpus.sentences[2].source, 1);
        assert_eq!(corpus.sentences[2].of, 1);
    }
}

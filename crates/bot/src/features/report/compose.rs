//! Writing: from what was read to a document, by choosing sentences. Every sentence is its source's own. Pure functions.

use duologue::prelude::*;
use duologue_draw::document::{Block, Document, Level, Reference, Run, Section, Table};
use duologue_web::readable::Article;
use serde::{Deserialize, Serialize};

use super::rank::{Ranking, rank};
use super::sentences::{Corpus, Sentence, corpus, stem, topic_stems};
use crate::words::report as words;

/// How many sentences the summary has, and how many of one source.
const SUMMARY: (usize, usize) = (5, 2);

/// How many themes there are at most, how many sentences each has, and how many of one source.
const THEMES: usize = 5;
const IN_A_THEME: (usize, usize) = (4, 2);

/// The fewest sentences that make a theme.
const LEAST_IN_A_THEME: usize = 2;

/// The fewest words of a quotation, where there is a choice.
const LEAST_QUOTED: usize = 10;

/// The most quotations.
const QUOTES: usize = 6;

/// The fewest sentences that make a report.
const LEAST: usize = 4;

/// What was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Material {
    /// What it is about; empty where addresses alone were given.
    pub(crate) topic: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) failed: Vec<Failed>,
    /// The day, as people write it.
    pub(crate) day: String,
}

/// A source that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) address: String,
    pub(crate) article: Article,
}

/// A source that was not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) address: String,
    pub(crate) why: String,
}

/// What was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) document: Document,
    pub(crate) summary: Vec<String>,
    pub(crate) outline: Vec<String>,
    pub(crate) numbers: Numbers,
}

/// How much was read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) sources: usize,
    pub(crate) words_read: usize,
    pub(crate) sentences: usize,
    pub(crate) chosen: usize,
    pub(crate) quotes: usize,
    pub(crate) words_written: usize,
}

/// Writing
#[task(lane = "process", processor = "60s")]
pub(super) fn compose(_task: &TaskContext, material: &Material) -> Result<Option<Written>, TaskError> {
    Ok(write(material))
}

/// The report; `None` where there is too little to write about.
pub(super) fn write(material: &Material) -> Option<Written> {
    let corpus = corpus(material.sources.iter().map(|source| &source.article));
    if corpus.sentences.len() < LEAST {
        return None;
    }
    let topic = topic(&corpus, &material.topic);
    let ranking = rank(&corpus, &topic);
    let mut writer = Writer {
        material,
        corpus: &corpus,
        ranking: &ranking,
        used: vec![false; corpus.sentences.len()],
    };
    Some(writer.write(&topic))
}

/// The numbers of the topic's stems.
fn topic(corpus: &Corpus, topic: &str) -> Vec<u32> {
    let stems = topic_stems(topic);
    let numbered = corpus.spellings.iter().zip(0..);
    numbered
        .filter(|(spelling, _)| stems.contains(&stem(spelling)))
        .map(|(_, number)| number)
        .collect()
}

struct Writer<'a> {
    material: &'a Material,
    corpus: &'a Corpus,
    ranking: &'a Ranking<'a>,
    /// Which sentences stand somewhere already.
    used: Vec<bool>,
}

/// Some sentences under one heading.
struct Theme {
    heading: String,
    sentences: Vec<usize>,
}

impl Writer<'_> {
    fn write(&mut self, topic: &[u32]) -> Written {
        let all: Vec<usize> = (0..self.corpus.sentences.len()).collect();
        let summary = self.take(&all, SUMMARY);
        let themes = self.themes(topic);
        let quotes = self.quotes();
        let mut sections = vec![section(
            words::IN_SHORT,
            vec![Block::Paragraph(self.text(&summary))],
        )];
        sections.extend(
            themes
                .iter()
                .map(|theme| section(&theme.heading, self.paragraphs(&theme.sentences))),
        );
        if !quotes.is_empty() {
            sections.push(section(
                words::QUOTES,
                quotes.iter().map(|quote| self.quote(*quote)).collect(),
            ));
        }
        let mut numbers = Numbers {
            sources: self.material.sources.len(),
            words_read: self
                .material
                .sources
                .iter()
                .map(|source| source.article.words())
                .sum(),
            sentences: self.corpus.sentences.len(),
            chosen: self.used.iter().filter(|used| **used).count(),
            quotes: quotes.len(),
            words_written: 0,
        };
        let chosen = self
            .corpus
            .sentences
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| **used);
        numbers.words_written = chosen
            .map(|(sentence, _)| sentence.text.split_whitespace().count())
            .sum();
        sections.extend(self.sources(numbers));
        let outline: Vec<String> = themes.into_iter().map(|theme| theme.heading).collect();
        let title = words::title(&self.material.topic, &outline);
        let first_language = self
            .material
            .sources
            .iter()
            .find_map(|source| source.article.language.clone());
        Written {
            document: Document {
                subtitle: words::subtitle(numbers),
                author: words::AUTHOR.to_owned(),
                date: self.material.day.clone(),
                language: first_language.unwrap_or_default(),
                sections,
                references: self.references(),
                title,
                ..Document::default()
            },
            summary: summary
                .iter()
                .map(|index| self.sentence(*index).text.clone())
                .collect(),
            outline,
            numbers,
        }
    }

    fn sentence(&self, index: usize) -> &Sentence {
        &self.corpus.sentences[index]
    }

    /// The best of some sentences that stand nowhere yet, in the order of their sources.
    fn take(&mut self, from: &[usize], (count, of_one_source): (usize, usize)) -> Vec<usize> {
        let free: Vec<usize> = from.iter().copied().filter(|index| !self.used[*index]).collect();
        // With few sources each has to say more.
        let of_one_source = of_one_source.max(count.div_ceil(self.material.sources.len().max(1)));
        let mut chosen = self.ranking.choose(&free, count, of_one_source);
        for index in &chosen {
            self.used[*index] = true;
        }
        chosen.sort_unstable();
        chosen
    }

    /// What the sources speak of beside the topic: words in the best sentences, the weightiest first.
    fn themes(&mut self, topic: &[u32]) -> Vec<Theme> {
        let mut themes: Vec<Theme> = Vec::new();
        let mut tried: Vec<u32> = topic.to_vec();
        while themes.len() < THEMES {
            let Some(stem) = self.weightiest(&tried) else {
                break;
            };
            tried.push(stem);
            let with: Vec<usize> = self
                .free()
                .filter(|index| self.sentence(*index).stems.contains(&stem))
                .collect();
            if with.len() < LEAST_IN_A_THEME {
                continue;
            }
            let sentences = self.take(&with, IN_A_THEME);
            // Words that always come with this one would make the same theme again.
            tried.extend(self.companions(stem));
            themes.push(Theme {
                heading: words::heading(&self.corpus.spellings[stem as usize]),
                sentences,
            });
        }
        themes
    }

    fn free(&self) -> impl Iterator<Item = usize> {
        self.used
            .iter()
            .enumerate()
            .filter(|(_, used)| !**used)
            .map(|(index, _)| index)
    }

    /// The stem that the free sentences speak of most, by what they say; words of several sources before those of one.
    fn weightiest(&self, tried: &[u32]) -> Option<u32> {
        let mut weights = vec![(0.0, 0_usize, Vec::new()); self.corpus.spellings.len()];
        for index in self.free() {
            for stem in &self.sentence(index).stems {
                let (weight, count, sources) = &mut weights[*stem as usize];
                *weight += self.ranking.scores[index];
                *count += 1;
                if !sources.contains(&self.sentence(index).source) {
                    sources.push(self.sentence(index).source);
                }
            }
        }
        let candidates = weights
            .iter()
            .zip(0..)
            .filter(|((_, count, _), stem)| *count >= LEAST_IN_A_THEME && !tried.contains(stem));
        let value = |(weight, _, sources): &(f64, usize, Vec<usize>)| weight * (sources.len() as f64).sqrt();
        let best = candidates.max_by(|(a, i), (b, j)| value(a).total_cmp(&value(b)).then(j.cmp(i)));
        best.map(|(_, stem)| stem)
    }

    /// Stems that stand in most sentences of another.
    fn companions(&self, stem: u32) -> Vec<u32> {
        let with: Vec<&Sentence> = self
            .corpus
            .sentences
            .iter()
            .filter(|sentence| sentence.stems.contains(&stem))
            .collect();
        let mut stems: Vec<u32> = with
            .iter()
            .flat_map(|sentence| sentence.stems.iter().copied())
            .collect();
        stems.sort_unstable();
        let counts = stems.chunk_by(|a, b| a == b);
        let most = counts.filter(|same| 2 * same.len() > with.len());
        most.map(|same| same[0]).collect()
    }

    /// The best words of each source that are somebody's own; else its best sentence that stands nowhere yet.
    fn quotes(&mut self) -> Vec<usize> {
        let mut quotes = Vec::new();
        for source in 0..self.material.sources.len() {
            let of_source: Vec<usize> = self
                .free()
                .filter(|index| self.sentence(*index).source == source)
                .collect();
            let score = |index: &usize| {
                let own =
                    self.sentence(*index).quoted || self.sentence(*index).text.contains(['“', '„', '«', '"']);
                let long = self.sentence(*index).text.split_whitespace().count() >= LEAST_QUOTED;
                (own && long, long, self.ranking.scores[*index])
            };
            let best = of_source.into_iter().max_by(|a, b| {
                let ((own, long, a), (other_own, other_long, b)) = (score(a), score(b));
                own.cmp(&other_own)
                    .then(long.cmp(&other_long))
                    .then(a.total_cmp(&b))
            });
            if let Some(best) = best
                && quotes.len() < QUOTES
            {
                self.used[best] = true;
                quotes.push(best);
            }
        }
        quotes
    }

    /// Sentences in a row, each source's with its mark behind them.
    fn text(&self, sentences: &[usize]) -> Vec<Run> {
        let mut runs = Vec::new();
        for (place, index) in sentences.iter().enumerate() {
            let sentence = self.sentence(*index);
            runs.push(Run::plain(format!("{} ", sentence.text)));
            let next = sentences.get(place + 1).map(|next| self.sentence(*next).source);
            if next != Some(sentence.source) {
                runs.push(Run::Citation(number(sentence.source)));
                runs.push(Run::plain(" "));
            }
        }
        runs
    }

    /// A paragraph for each source.
    fn paragraphs(&self, sentences: &[usize]) -> Vec<Block> {
        let by_source = sentences.chunk_by(|a, b| self.sentence(*a).source == self.sentence(*b).source);
        by_source
            .map(|sentences| Block::Paragraph(self.text(sentences)))
            .collect()
    }

    fn quote(&self, index: usize) -> Block {
        let sentence = self.sentence(index);
        let source = &self.material.sources[sentence.source];
        Block::Quote {
            words: vec![Run::plain(sentence.text.clone())],
            source: vec![
                Run::plain(format!("{} ", words::cited(&source.article, &source.address))),
                Run::Citation(number(sentence.source)),
            ],
        }
    }

    /// What was read and what was not, and how the report came about.
    fn sources(&self, numbers: Numbers) -> Vec<Section> {
        let cell = |text: String| vec![Run::plain(text)];
        let rows = self.material.sources.iter().enumerate().map(|(index, source)| {
            let article = &source.article;
            vec![
                vec![Run::Citation(number(index))],
                cell(words::title_of(article, &source.address)),
                cell(words::published(article)),
                cell(article.words().to_string()),
            ]
        });
        let table = Table {
            head: words::SOURCE_COLUMNS
                .iter()
                .map(|name| vec![Run::bold(*name)])
                .collect(),
            rows: rows.collect(),
        };
        let mut sections = vec![section(words::SOURCES, vec![Block::Table(table)])];
        if !self.material.failed.is_empty() {
            let points = self.material.failed.iter().map(|failed| {
                vec![
                    Run::link(failed.address.clone(), failed.address.clone()),
                    Run::plain(format!(": {}", failed.why)),
                ]
            });
            sections.push(section(words::NOT_READ, vec![Block::Bullets(points.collect())]));
        }
        sections.push(section(
            words::HOW,
            vec![Block::Paragraph(vec![Run::plain(words::how(numbers))])],
        ));
        sections
    }

    fn references(&self) -> Vec<Reference> {
        let reference = |source: &Source| Reference {
            title: words::title_of(&source.article, &source.address),
            site: source.article.site.clone().unwrap_or_default(),
            address: source.address.clone(),
            read: self.material.day.clone(),
        };
        self.material.sources.iter().map(reference).collect()
    }
}

/// The number of a source in the list of references.
fn number(source: usize) -> u32 {
    u32::try_from(source + 1).unwrap_or(u32::MAX)
}

fn section(heading: &str, blocks: Vec<Block>) -> Section {
    Section {
        level: Level::One,
        heading: heading.to_owned(),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use duologue_draw::document::DocumentLimits;
    use duologue_web::readable::{Article, Block};

    use super::{Failed, Material, Source, write};

    fn source(title: &str, text: &str) -> Source {
        let paragraph = |text: &str| Block::Paragraph {
            text: text.to_owned(),
        };
        Source {
            address: format!("https://paper.test/{title}"),
            article: Article {
                title: Some(title.to_owned()),
                blocks: text.split("\n\n").map(paragraph).collect(),
                ..Article::default()
            },
        }
    }

    fn material() -> Material {
        Material {
            topic: "bees".to_owned(),
            sources: vec![
                source(
                    "Honey",
                    "Bees turn the nectar of flowers into honey inside the comb. The honey is sealed with a thin lid of wax. \
                     A keeper said: “You never own a colony, you only look after one.” Nectar is mostly water when it comes home.",
                ),
                source(
                    "Winter",
                    "In winter the bees of a colony keep each other warm. The honey in the comb has to last until spring. \
                     A colony that has too little honey does not see the spring. Wax comes from glands of young workers.",
                ),
            ],
            failed: vec![Failed {
                address: "https://gone.test/".to_owned(),
                why: "there is nothing at this address (404)".to_owned(),
            }],
            day: "25 November 2026".to_owned(),
        }
    }

    #[test]
    fn a_report_has_a_summary_themes_quotes_and_every_source_in_the_references() {
        let material = material();
        let written = write(&material).unwrap();
        let markdown = written.document.markdown();
        for part in [
            "Bees",
            "In short",
            "In their own words",
            "Not read",
            "https://gone.test/",
            "Winter",
            "Honey",
        ] {
            assert!(markdown.contains(part), "{part} is not in {markdown}");
        }
        assert_eq!(written.document.references.len(), 2);
        assert!(!written.summary.is_empty());
        let pdf = written.document.pdf(&DocumentLimits::default()).unwrap();
        assert!(pdf.bytes.starts_with(b"%PDF"));
    }

    #[test]
    fn every_sentence_stands_once_and_is_its_sources_own() {
        let material = material();
        let written = write(&material).unwrap();
        let markdown = written.document.markdown();
        for source in &material.sources {
            for sentence in source.article.blocks[0].text().split_inclusive(". ") {
                assert!(
                    markdown.matches(sentence.trim()).count() <= 1,
                    "{sentence:?} stands twice"
                );
            }
        }
        let whole: Vec<&str> = material
            .sources
            .iter()
            .map(|source| source.article.blocks[0].text())
            .collect();
        for sentence in &written.summary {
            assert!(
                whole.iter().any(|text| text.contains(sentence.as_str())),
                "{sentence}"
            );
        }
    }

    #[test]
    fn the_same_material_gives_the_same_report_and_too_little_gives_none() {
        let one = write(&material()).unwrap().document;
        assert_eq!(one, write(&material()).unwrap().document);
        let mut little = material();
        little.sources.truncate(1);
        little.sources[0].article.blocks = vec![Block::Paragraph {
            text: "There is hardly anything to read here.".to_owned(),
        }];
        assert!(write(&little).is_none());
    }
}

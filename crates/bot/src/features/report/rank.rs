//! Which sentences say most: TextRank, as Mihalcea and Tarau described it in 2004, over the words that sentences share,
//! leaning to the topic. Pure functions.

use std::collections::HashMap;

use super::sentences::Corpus;

/// How much of a sentence's weight comes from the others: as in PageRank.
const DAMPING: f64 = 0.85;

/// The most rounds, and the change in a round that counts as none.
const ROUNDS: usize = 50;
const STILL: f64 = 1e-6;

/// How much more a sentence counts for each word of the topic in it.
const TOPIC: f64 = 2.0;

/// How much more the first sentence of a source counts than the last.
const FIRST: f64 = 1.0;

/// From so many telling words on a sentence counts in full.
const FULL: f64 = 8.0;

/// How much the choice leans to new things, from 0 to 1.
const NOVELTY: f64 = 0.6;

/// From which likeness on two sentences say the same.
const SAME: f64 = 0.6;

/// What the ranking knows of a corpus.
pub(super) struct Ranking<'a> {
    corpus: &'a Corpus,
    /// How telling each stem is.
    telling: Vec<f64>,
    /// The length of each sentence as a vector of its stems.
    lengths: Vec<f64>,
    /// How much each sentence says; all together are 1.
    pub(super) scores: Vec<f64>,
}

/// Ranks the sentences for a topic, given by the stems of its words.
pub(super) fn rank<'a>(corpus: &'a Corpus, topic: &[u32]) -> Ranking<'a> {
    let telling = telling(corpus);
    let lengths = corpus.sentences.iter().map(|sentence| {
        let squares = sentence.stems.iter().map(|stem| telling[*stem as usize].powi(2));
        squares.sum::<f64>().sqrt()
    });
    let mut ranking = Ranking {
        lengths: lengths.collect(),
        scores: Vec::new(),
        corpus,
        telling,
    };
    ranking.scores = ranking.settle(topic);
    ranking
}

/// How telling each stem is: less, the more sentences have it.
fn telling(corpus: &Corpus) -> Vec<f64> {
    let mut found = vec![0_u32; corpus.spellings.len()];
    for sentence in &corpus.sentences {
        for stem in &sentence.stems {
            found[*stem as usize] += 1;
        }
    }
    let all = corpus.sentences.len() as f64;
    found
        .into_iter()
        .map(|found| (1.0 + all / f64::from(found.max(1))).ln())
        .collect()
}

impl Ranking<'_> {
    /// How much two sentences say the same, from 0 to 1.
    pub(super) fn likeness(&self, one: usize, other: usize) -> f64 {
        let sentences = &self.corpus.sentences;
        let shared = sentences[one]
            .stems
            .iter()
            .filter(|stem| sentences[other].stems.contains(stem));
        let shared: f64 = shared.map(|stem| self.telling[*stem as usize].powi(2)).sum();
        let lengths = self.lengths[one] * self.lengths[other];
        if lengths > 0.0 { shared / lengths } else { 0.0 }
    }

    /// The weights at which the web of sentences comes to rest.
    fn settle(&self, topic: &[u32]) -> Vec<f64> {
        let sentences = &self.corpus.sentences;
        let count = sentences.len();
        let start = sentences.iter().map(|sentence| {
            let hits = topic.iter().filter(|stem| sentence.stems.contains(stem)).count() as f64;
            let place = 1.0 - sentence.place as f64 / sentence.of.max(1) as f64;
            1.0 + TOPIC * hits + FIRST * place
        });
        let start = shares(start.collect());
        let links = self.links();
        let outgoing: Vec<f64> = links
            .iter()
            .map(|links| links.iter().map(|(_, weight)| weight).sum())
            .collect();
        let mut scores = start.clone();
        for _ in 0..ROUNDS {
            let mut next: Vec<f64> = start.iter().map(|start| (1.0 - DAMPING) * start).collect();
            for from in 0..count {
                if outgoing[from] > 0.0 {
                    for (to, weight) in &links[from] {
                        next[*to] += DAMPING * scores[from] * weight / outgoing[from];
                    }
                }
            }
            let next = shares(next);
            let change: f64 = next.iter().zip(&scores).map(|(new, old)| (new - old).abs()).sum();
            scores = next;
            if change < STILL {
                break;
            }
        }
        // The likeness of short sentences to others is a matter of few words.
        let weighed = scores
            .iter()
            .zip(sentences)
            .map(|(score, sentence)| score * (sentence.stems.len() as f64 / FULL).min(1.0));
        shares(weighed.collect())
    }

    /// For each sentence the others that share words with it.
    fn links(&self) -> Vec<Vec<(usize, f64)>> {
        let mut with: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, sentence) in self.corpus.sentences.iter().enumerate() {
            for stem in &sentence.stems {
                with.entry(*stem).or_default().push(index);
            }
        }
        let links = self.corpus.sentences.iter().enumerate().map(|(index, sentence)| {
            let mut others: Vec<usize> = sentence
                .stems
                .iter()
                .flat_map(|stem| with[stem].iter().copied())
                .collect();
            others.sort_unstable();
            others.dedup();
            let others = others.into_iter().filter(|other| *other != index);
            others.map(|other| (other, self.likeness(index, other))).collect()
        });
        links.collect()
    }

    /// The best of some sentences, each new in view of those before it, at most so many of one source. In the order in
    /// which they were chosen.
    pub(super) fn choose(&self, from: &[usize], count: usize, of_one_source: usize) -> Vec<usize> {
        let best = from.iter().map(|index| self.scores[*index]).fold(0.0, f64::max);
        let mut chosen: Vec<usize> = Vec::new();
        let mut rest: Vec<usize> = from.to_vec();
        while chosen.len() < count {
            let value = |index: usize| {
                let same = chosen
                    .iter()
                    .map(|other| self.likeness(index, *other))
                    .fold(0.0, f64::max);
                let score = if best > 0.0 {
                    self.scores[index] / best
                } else {
                    0.0
                };
                score - NOVELTY * same
            };
            let source = |index: usize| self.corpus.sentences[index].source;
            rest.retain(|index| {
                let of_its_source = chosen.iter().filter(|other| source(**other) == source(*index));
                let said = chosen.iter().any(|other| self.likeness(*index, *other) > SAME);
                of_its_source.count() < of_one_source && !said
            });
            // Of two that are as good the earlier one.
            let next = rest
                .iter()
                .copied()
                .max_by(|a, b| value(*a).total_cmp(&value(*b)).then(b.cmp(a)));
            let Some(next) = next else { break };
            rest.retain(|index| *index != next);
            chosen.push(next);
        }
        chosen
    }
}

fn shares(mut values: Vec<f64>) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
    values
}

#[cfg(test)]
mod tests {
    use duologue_web::readable::{Article, Block};

    use super::super::sentences::{Corpus, corpus, stem};
    use super::rank;

    fn articles(texts: &[&str]) -> Corpus {
        let articles: Vec<Article> = texts
            .iter()
            .map(|text| Article {
                blocks: vec![Block::Paragraph {
                    text: (*text).to_owned(),
                }],
                ..Article::default()
            })
            .collect();
        corpus(&articles)
    }

    const BEES: [&str; 2] = [
        "Honey is made of nectar that bees carry home. The weather was fine on the third of May. \
         Bees turn nectar into honey by drying it in the comb.",
        "In the comb the honey is sealed with wax by the bees. My neighbour has bought a very red bicycle.",
    ];

    #[test]
    fn sentences_that_others_agree_with_say_more_than_those_that_stand_alone() {
        let corpus = articles(&BEES);
        let ranking = rank(&corpus, &[]);
        let score = |words: &str| {
            let found = corpus
                .sentences
                .iter()
                .position(|sentence| sentence.text.contains(words));
            ranking.scores[found.unwrap()]
        };
        assert!(score("turn nectar into honey") > score("weather"));
        assert!(score("sealed with wax") > score("bicycle"));
        assert!((ranking.scores.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_topic_leans_the_ranking() {
        let corpus = articles(&BEES);
        let bicycle = corpus
            .spellings
            .iter()
            .position(|spelling| stem(spelling) == "bicycle")
            .unwrap();
        let plain = rank(&corpus, &[]);
        let leaning = rank(&corpus, &[u32::try_from(bicycle).unwrap()]);
        let last = corpus.sentences.len() - 1;
        assert!(leaning.scores[last] > plain.scores[last]);
    }

    #[test]
    fn the_choice_does_not_say_one_thing_twice_and_hears_every_source() {
        let corpus = articles(&[
            "Bees turn nectar into honey in the comb. Bees turn nectar to honey inside the comb. The queen lays two thousand eggs.",
            "Drones do not survive the autumn in any hive.",
        ]);
        let ranking = rank(&corpus, &[]);
        let all: Vec<usize> = (0..corpus.sentences.len()).collect();
        let two = ranking.choose(&all, 2, 2);
        let alike = two
            .iter()
            .filter(|index| corpus.sentences[**index].text.contains("nectar"))
            .count();
        assert!(alike <= 1, "{two:?}");
        let sources: Vec<usize> = ranking
            .choose(&all, 2, 1)
            .iter()
            .map(|index| corpus.sentences[*index].source)
            .collect();
        assert!(sources.contains(&0) && sources.contains(&1));
        assert_eq!(
            ranking.choose(&all, 10, 10).len(),
            3,
            "two of the four say the same"
        );
    }
}

//! The books of a load server: what was handed out, what was answered, and whether that is right. Pure state.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::replies::plan::Plan;

/// What came of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Updates that were answered.
    pub(crate) replies: usize,
    /// Updates that were not answered.
    pub(crate) lost: usize,
    /// Answers beyond the first of an update.
    pub(crate) doubled: usize,
    /// Answers that went to another chat, or that nobody asked for.
    pub(crate) strayed: usize,
    /// Answers that came after the answer to a later update of the same chat.
    pub(crate) out_of_order: usize,
    /// From the first update handed out to the last answer.
    pub(crate) took: Duration,
}

/// The books.
pub(crate) struct Ledger {
    plan: Plan,
    handed: usize,
    answered: Vec<bool>,
    /// The highest number that was answered, and one, by chat.
    highest: Vec<usize>,
    first: Option<Instant>,
    last: Option<Instant>,
    report: Report,
}

impl Ledger {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            plan,
            handed: 0,
            answered: vec![false; plan.updates],
            highest: vec![0; plan.chats],
            first: None,
            last: None,
            report: Report::default(),
        }
    }

    /// The end of what may be handed out now, starting at a number.
    pub(crate) fn hand_out(&mut self, start: usize, most: usize) -> usize {
        let end = start
            .saturating_add(most)
            .min(self.report.replies.saturating_add(self.plan.window))
            .min(self.plan.updates);
        if end > start {
            self.first.get_or_insert_with(Instant::now);
            self.handed = self.handed.max(end);
        }
        end
    }

    /// The chat of an update.
    pub(crate) fn chat(&self, number: usize) -> usize {
        self.plan.chat(number)
    }

    /// The first number that was not handed out yet.
    pub(crate) fn next(&self) -> usize {
        self.handed
    }

    /// Books an answer.
    pub(crate) fn reply(&mut self, chat: usize, number: usize) {
        if number >= self.handed || self.plan.chat(number) != chat {
            self.report.strayed += 1;
            return;
        }
        if std::mem::replace(&mut self.answered[number], true) {
            self.report.doubled += 1;
            return;
        }
        if number < self.highest[chat] {
            self.report.out_of_order += 1;
        } else {
            self.highest[chat] = number + 1;
        }
        self.report.replies += 1;
        self.last = Some(Instant::now());
    }

    /// Books an answer that cannot be read.
    pub(crate) fn stray(&mut self) {
        self.report.strayed += 1;
    }

    pub(crate) fn replies(&self) -> usize {
        self.report.replies
    }

    pub(crate) fn complete(&self) -> bool {
        self.report.replies == self.plan.updates
    }

    pub(crate) fn report(&self) -> Report {
        let took = match (self.first, self.last) {
            (Some(first), Some(last)) => last.saturating_duration_since(first),
            _ => Duration::ZERO,
        };
        Report {
            lost: self.plan.updates - self.report.replies,
            took,
            ..self.report
        }
    }
}

impl Report {
    /// How often an update was not answered once, where it belongs and in order.
    pub(crate) fn faults(&self) -> usize {
        self.lost + self.doubled + self.strayed + self.out_of_order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        updates: 16,
        chats: 2,
        window: 8,
    };

    #[test]
    fn what_goes_wrong_is_counted_once_each() {
        let mut ledger = Ledger::new(PLAN);
        assert_eq!(ledger.hand_out(0, 100), 8);
        for number in [0, 2, 1, 1, 3] {
            ledger.reply(0, number);
        }
        ledger.reply(0, 4);
        ledger.reply(1, 15);
        let report = ledger.report();
        assert_eq!((report.replies, report.lost), (4, 12));
        assert_eq!((report.out_of_order, report.doubled, report.strayed), (1, 1, 2));
        assert_eq!(report.faults(), 16);
    }

    #[test]
    fn the_window_moves_with_the_answers() {
        let mut ledger = Ledger::new(PLAN);
        assert_eq!(ledger.hand_out(0, 3), 3);
        assert_eq!(ledger.hand_out(3, 100), 8);
        assert_eq!(ledger.hand_out(8, 100), 8);
        for number in 0..8 {
            ledger.reply(PLAN.chat(number), number);
        }
        assert_eq!(ledger.hand_out(8, 100), 16);
        for number in 8..16 {
            ledger.reply(PLAN.chat(number), number);
        }
        assert!(ledger.complete());
        assert_eq!(ledger.report().faults(), 0);
    }
}

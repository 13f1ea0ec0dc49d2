//! A token bucket on the sandbox's clock, for rate limits. Owns one bucket's level.

/// A level that a call lowers by one and that time fills up again.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    level: f64,
    at_ms: u64,
    capacity: f64,
    per_second: f64,
}

impl Bucket {
    pub(crate) fn new(capacity: u32, per_second: f64, now_ms: u64) -> Self {
        let capacity = f64::from(capacity);
        Self {
            level: capacity,
            at_ms: now_ms,
            capacity,
            per_second,
        }
    }

    fn fill(&mut self, now_ms: u64) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of a session fit into an f64"
        )]
        let passed = now_ms.saturating_sub(self.at_ms) as f64 / 1000.0;
        self.level = (self.level + passed * self.per_second).min(self.capacity);
        self.at_ms = now_ms;
    }

    /// Takes one, or says in how many seconds one will be there.
    pub(crate) fn take(&mut self, now_ms: u64) -> Result<(), f64> {
        self.fill(now_ms);
        if self.level >= 1.0 {
            self.level -= 1.0;
            return Ok(());
        }
        Err((1.0 - self.level) / self.per_second)
    }
}

/// A window with a fixed number of calls, as Discord's headers describe it.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) limit: u32,
    pub(crate) length_ms: u64,
    pub(crate) used: u32,
    pub(crate) ends_ms: u64,
}

impl Window {
    pub(crate) fn new(limit: u32, length_ms: u64) -> Self {
        Self {
            limit,
            length_ms,
            used: 0,
            ends_ms: 0,
        }
    }

    /// Takes one. Past the limit it says in how many milliseconds the window ends.
    pub(crate) fn take(&mut self, now_ms: u64) -> Result<(), u64> {
        if now_ms >= self.ends_ms {
            self.ends_ms = now_ms + self.length_ms;
            self.used = 0;
        }
        if self.used >= self.limit {
            return Err(self.ends_ms - now_ms);
        }
        self.used += 1;
        Ok(())
    }

    pub(crate) fn remaining(&self) -> u32 {
        self.limit - self.used
    }
}

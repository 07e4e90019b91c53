//! The best of those who are offered one by one.

use crate::Score;

/// Scores that differ by less than this are equal.
pub(crate) const TIE: f64 = 1e-9;

/// A score for comparing: those that are equal are the same number.
pub(crate) fn rounded(total: f64) -> u64 {
    (total / TIE + 0.5) as u64
}

/// The best so far: the least score, and of equal ones the first by rank.
#[derive(Debug)]
pub(crate) struct Best {
    /// Who scores more cannot be the best any more.
    limit: f64,
    leader: Option<Leader>,
}

#[derive(Debug)]
struct Leader {
    place: usize,
    score: Score,
    key: (u64, u64),
}

impl Default for Best {
    fn default() -> Self {
        Self { limit: f64::INFINITY, leader: None }
    }
}

impl Best {
    /// Whether who scores so much, or more, cannot be the best.
    #[inline]
    pub(crate) fn is_beyond(&self, total: f64) -> bool {
        total > self.limit
    }

    /// Whether who scores so much, and has this rank among equals, would be the best so far.
    pub(crate) fn is_better(&self, total: f64, rank: u64) -> bool {
        self.leader.as_ref().is_none_or(|leader| (rounded(total), rank) < leader.key)
    }

    /// Takes somebody into account.
    pub(crate) fn offer(&mut self, place: usize, score: Score, rank: u64) {
        if self.is_better(score.total, rank) {
            self.limit = score.total + TIE;
            self.leader = Some(Leader { place, score, key: (rounded(score.total), rank) });
        }
    }

    /// Who is the best; none where nobody was offered.
    pub(crate) fn winner(self) -> Option<(usize, Score)> {
        self.leader.map(|leader| (leader.place, leader.score))
    }
}

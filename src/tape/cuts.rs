//! Where the tape was cut off: whether a node that was there at some time is there still, or another in its place.

use super::{NodeId, Tape};

/// The cuts of one statement that no later cut went below, deeper and deeper towards the first.
#[derive(Default)]
pub(super) struct Cuts(Vec<Cut>);

struct Cut {
    generation: u64,
    /// The first node that was forgotten.
    first: usize,
}

impl Cuts {
    /// Notes that the nodes from `first` on were forgotten, which began this generation.
    pub(super) fn note(&mut self, generation: u64, first: usize) {
        while self.0.last().is_some_and(|cut| cut.first >= first) {
            self.0.pop();
        }
        self.0.push(Cut { generation, first });
    }

    /// The first node that was forgotten after a generation.
    fn lowest_after(&self, generation: u64) -> usize {
        let later = self.0.partition_point(|cut| cut.generation <= generation);
        self.0.get(later).map_or(usize::MAX, |cut| cut.first)
    }
}

impl Tape {
    /// Whether a node that was recorded before the end of this generation is on the tape still. Asked within the
    /// statement in which that was: cuts of earlier ones are forgotten.
    pub fn is_alive(&self, id: NodeId, generation: u64) -> bool {
        id.index() < self.len().min(self.cuts.lowest_after(generation))
    }

    /// A new statement begins: nobody will ask about what was there before.
    pub fn forget_cuts(&mut self) {
        self.cuts.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_in_the_place_of_a_forgotten_one_is_another() {
        let mut tape = Tape::default();
        let kept = tape.variable(1.0);
        let mark = tape.mark();
        let gone = tape.variable(2.0);
        let before = tape.generation();
        assert!(tape.is_alive(gone, before));
        tape.truncate(mark);
        assert!(!tape.is_alive(gone, before) && tape.is_alive(kept, before));
        let other = tape.variable(3.0);
        assert_eq!(other, gone);
        assert!(!tape.is_alive(gone, before) && tape.is_alive(other, tape.generation()));
    }

    #[test]
    fn of_several_cuts_the_deepest_one_since_counts() {
        let mut tape = Tape::default();
        let ids: Vec<NodeId> = (0..4).map(|i| tape.variable(f64::from(i))).collect();
        let mut cut_to = |nodes: usize| {
            let mark = super::super::Mark { nodes, arena: nodes, ..Tape::default().mark() };
            tape.truncate(mark);
            for i in nodes..4 {
                tape.variable(i as f64);
            }
            tape.generation()
        };
        let first = cut_to(3);
        let second = cut_to(1);
        let third = cut_to(2);
        let alive = |generation| ids.iter().filter(|&&id| tape.is_alive(id, generation)).count();
        assert_eq!((alive(first - 1), alive(first), alive(second), alive(third)), (1, 1, 2, 4));
    }
}

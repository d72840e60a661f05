//! How else can a text be put? With each of its replaceable words, one, some or all of them replaced.

use std::ops::Range;

/// A word of a text that may be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot<'a> {
    /// Its bytes.
    pub(super) source: Range<usize>,
    /// Whether what is searched has it. If not it always gives way.
    pub(super) is_known: bool,
    /// What may stand in its place, the best first.
    pub(super) others: Vec<&'a str>,
}

/// A text put otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewording {
    /// The text.
    pub text: String,
    /// Whether only words gave way that what is searched does not have.
    pub needed: bool,
}

/// Texts with words replaced, each once, at most `max`. First all words that are unknown give way to their best other; then also
/// each known word, the best others of all before the second best of any; then all at once.
pub(super) fn rewordings(typed: &str, slots: &[Slot<'_>], max: usize) -> Vec<Rewording> {
    let base: Vec<Option<usize>> = slots
        .iter()
        .map(|slot| (!slot.is_known).then_some(0))
        .collect();
    let mut choices: Vec<Vec<Option<usize>>> = Vec::new();
    let mut choose = |choice: Vec<Option<usize>>| {
        let changes = choice.iter().any(Option::is_some);
        if changes && choices.len() < max && !choices.contains(&choice) {
            choices.push(choice);
        }
    };
    choose(base.clone());
    if slots.len() > 1 {
        let known = slots.iter().filter(|slot| slot.is_known).count();
        let one_by_one = (0..slots.len()).map(|slot| (slot, 0));
        for (slot, other) in one_by_one {
            choose(with(&base, slot, other));
        }
        if known > 1 {
            choose(vec![Some(0); slots.len()]);
        }
    }
    let longest = slots
        .iter()
        .map(|slot| slot.others.len())
        .max()
        .unwrap_or(0);
    for other in 0..longest.min(max) {
        for (slot, _) in slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| other < slot.others.len())
        {
            choose(with(&base, slot, other));
        }
    }
    choices
        .iter()
        .map(|choice| Rewording {
            text: reword(typed, slots, choice),
            needed: slots
                .iter()
                .zip(choice)
                .all(|(slot, other)| !slot.is_known || other.is_none()),
        })
        .collect()
}

fn with(base: &[Option<usize>], slot: usize, other: usize) -> Vec<Option<usize>> {
    let mut choice = base.to_vec();
    choice[slot] = Some(other);
    choice
}

fn reword(typed: &str, slots: &[Slot<'_>], choice: &[Option<usize>]) -> String {
    let mut out = String::with_capacity(typed.len());
    let mut at = 0;
    for (slot, chosen) in slots.iter().zip(choice) {
        let Some(other) = chosen.and_then(|chosen| slot.others.get(chosen)) else {
            continue;
        };
        out.push_str(&typed[at..slot.source.start]);
        out.push_str(other);
        at = slot.source.end;
    }
    out + &typed[at..]
}

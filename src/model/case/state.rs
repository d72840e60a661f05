//! What may follow what, and who may do it? One table of moves; everything else asks it.

use super::words;
use std::fmt;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has looked at it yet.
    New,
    /// The desk is to act.
    Open,
    /// The requester is to act.
    Waiting,
    /// The desk thinks that it is done; the requester may confirm or reopen.
    Solved,
    /// It is done. It can be reopened for a time.
    Closed,
    /// It went on in another case.
    Merged,
}

words!(State, "state": New = "new", Open = "open", Waiting = "waiting", Solved = "solved", Closed = "closed", Merged = "merged");

impl State {
    /// Whether somebody still has to act.
    pub fn is_live(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Waiting)
    }
}

/// In which part somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Who asked.
    Requester,
    /// Who answers first.
    Agent,
    /// Who answers what agents cannot.
    Specialist,
    /// The program by itself: due times, mails, clocks.
    System,
}

words!(Role, "role": Requester = "requester", Agent = "agent", Specialist = "specialist", System = "system");

/// What is done to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// The desk takes it up.
    Take,
    /// The desk answers, and is still to act.
    Answer,
    /// The desk asks back: the requester is to act.
    AskBack,
    /// The requester writes.
    Write,
    /// It is said to be done.
    Solve,
    /// The requester agrees that it is done.
    Confirm,
    /// It has been solved for long enough, or is closed by hand.
    Close,
    /// It was not done after all.
    Reopen,
    /// It goes on in another case.
    Merge,
}

words!(Move, "move": Take = "take", Answer = "answer", AskBack = "ask_back", Write = "write", Solve = "solve",
    Confirm = "confirm", Close = "close", Reopen = "reopen", Merge = "merge");

const DESK: &[Role] = &[Role::Agent, Role::Specialist];
const DESK_AND_SYSTEM: &[Role] = &[Role::Agent, Role::Specialist, Role::System];
const REQUESTER: &[Role] = &[Role::Requester];
const ALL: &[Role] = &[Role::Requester, Role::Agent, Role::Specialist, Role::System];
const PEOPLE: &[Role] = &[Role::Requester, Role::Agent, Role::Specialist];

/// One row of the table: from a state, by a move, to a state, by these roles.
pub type Row = (State, Move, State, &'static [Role]);

/// Every move that there is. What is not here is refused.
pub const TABLE: &[Row] = &[
    (State::New, Move::Take, State::Open, DESK_AND_SYSTEM),
    (State::New, Move::Answer, State::Open, DESK),
    (State::New, Move::AskBack, State::Waiting, DESK),
    (State::New, Move::Write, State::New, REQUESTER),
    (State::New, Move::Solve, State::Solved, ALL),
    (State::New, Move::Merge, State::Merged, DESK),
    (State::Open, Move::Take, State::Open, DESK_AND_SYSTEM),
    (State::Open, Move::Answer, State::Open, DESK),
    (State::Open, Move::AskBack, State::Waiting, DESK),
    (State::Open, Move::Write, State::Open, REQUESTER),
    (State::Open, Move::Solve, State::Solved, ALL),
    (State::Open, Move::Merge, State::Merged, DESK),
    (State::Waiting, Move::Take, State::Open, DESK),
    (State::Waiting, Move::Answer, State::Waiting, DESK),
    (State::Waiting, Move::AskBack, State::Waiting, DESK),
    (State::Waiting, Move::Write, State::Open, REQUESTER),
    (State::Waiting, Move::Solve, State::Solved, ALL),
    (State::Waiting, Move::Merge, State::Merged, DESK),
    (State::Solved, Move::Answer, State::Solved, DESK),
    (State::Solved, Move::AskBack, State::Waiting, DESK),
    (State::Solved, Move::Write, State::Open, REQUESTER),
    (State::Solved, Move::Confirm, State::Closed, REQUESTER),
    (State::Solved, Move::Close, State::Closed, DESK_AND_SYSTEM),
    (State::Solved, Move::Reopen, State::Open, PEOPLE),
    (State::Solved, Move::Merge, State::Merged, DESK),
    (State::Closed, Move::Reopen, State::Open, PEOPLE),
];

/// Why a move is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Where the case stands.
    pub state: State,
    /// What was to be done.
    pub step: Move,
    /// By whom.
    pub by: Role,
    /// Whether another role could have done it.
    pub others_may: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            state, step, by, ..
        } = self;
        if self.others_may {
            write!(f, "a {by} may not `{step}` a case that is {state}")
        } else {
            write!(f, "a case that is {state} takes no `{step}`")
        }
    }
}

impl std::error::Error for Refused {}

impl State {
    /// The state after a move.
    ///
    /// # Errors
    /// [`Refused`] when the table has no such row for the role.
    pub fn after(self, step: Move, by: Role) -> Result<Self, Refused> {
        let row = TABLE
            .iter()
            .find(|(from, row_step, ..)| *from == self && *row_step == step);
        match row {
            Some((_, _, to, roles)) if roles.contains(&by) => Ok(*to),
            other => Err(Refused {
                state: self,
                step,
                by,
                others_may: other.is_some(),
            }),
        }
    }

    /// The moves that a role may make now, each with where it leads.
    pub fn moves(self, by: Role) -> impl Iterator<Item = (Move, Self)> {
        TABLE
            .iter()
            .filter(move |(from, _, _, roles)| *from == self && roles.contains(&by))
            .map(|(_, step, to, _)| (*step, *to))
    }
}

#[cfg(test)]
mod tests {
    use super::{Move, Role, State, TABLE};

    /// All of it, written a second time: state, move, and what follows for requester, agent, specialist, system.
    const EXPECTED: &str = "
        new     take      -       open    open    open
        new     answer    -       open    open    -
        new     ask_back  -       waiting waiting -
        new     write     new     -       -       -
        new     solve     solved  solved  solved  solved
        new     merge     -       merged  merged  -
        open    take      -       open    open    open
        open    answer    -       open    open    -
        open    ask_back  -       waiting waiting -
        open    write     open    -       -       -
        open    solve     solved  solved  solved  solved
        open    merge     -       merged  merged  -
        waiting take      -       open    open    -
        waiting answer    -       waiting waiting -
        waiting ask_back  -       waiting waiting -
        waiting write     open    -       -       -
        waiting solve     solved  solved  solved  solved
        waiting merge     -       merged  merged  -
        solved  answer    -       solved  solved  -
        solved  ask_back  -       waiting waiting -
        solved  write     open    -       -       -
        solved  confirm   closed  -       -       -
        solved  close     -       closed  closed  closed
        solved  reopen    open    open    open    -
        solved  merge     -       merged  merged  -
        closed  reopen    open    open    open    -
    ";

    #[test]
    fn every_state_move_and_role_has_the_outcome_that_was_meant() {
        let mut cells = 0;
        for state in State::ALL {
            for step in Move::ALL {
                let row = EXPECTED
                    .lines()
                    .map(|line| line.split_whitespace().collect::<Vec<_>>());
                let row = row.filter(|row| row.len() == 6);
                let row = row
                    .into_iter()
                    .find(|row| row[0] == state.as_str() && row[1] == step.as_str());
                for (i, role) in Role::ALL.iter().enumerate() {
                    let expected = row.as_ref().map_or("-", |row| row[2 + i]);
                    let found = state.after(*step, *role);
                    let found = found.as_ref().map_or("-", |state| state.as_str());
                    assert_eq!(found, expected, "{state} {step} {role}");
                    cells += 1;
                }
            }
        }
        assert_eq!(cells, 6 * 9 * 4);
    }

    #[test]
    fn each_state_and_move_stands_once() {
        for (i, (state, step, ..)) in TABLE.iter().enumerate() {
            let again = TABLE[..i].iter().any(|(s, m, ..)| s == state && m == step);
            assert!(!again, "{state} {step}");
        }
    }

    #[test]
    fn nothing_leaves_a_merged_case_and_every_other_state_can_be_left() {
        for state in State::ALL {
            let leaves = TABLE
                .iter()
                .any(|(from, _, to, _)| from == state && to != state);
            assert_eq!(leaves, *state != State::Merged, "{state}");
        }
    }

    #[test]
    fn says_whether_it_is_the_state_or_the_role() {
        let said = |state: State, step, by| state.after(step, by).expect_err("refused").to_string();
        assert_eq!(
            said(State::Closed, Move::Write, Role::Requester),
            "a case that is closed takes no `write`"
        );
        assert_eq!(
            said(State::New, Move::Merge, Role::Requester),
            "a requester may not `merge` a case that is new"
        );
    }

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()).as_ref(), Ok(state));
        }
        let said = State::parse("opne").expect_err("unknown").to_string();
        assert_eq!(
            said,
            "\"opne\" is no state: use new, open, waiting, solved, closed, merged"
        );
    }
}

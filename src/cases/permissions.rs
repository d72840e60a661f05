//! Who may do what at the desk? One table; every page and every use case asks it.

use super::Refusal;
use crate::error::Result;
use crate::model::account::{Account, Role};

/// Something that is done at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read cases, their files and their visits, and search all of them.
    ReadCases,
    /// Answer, note, assign, escalate, merge, label, solve.
    WorkCases,
    /// Take lists of cases out as a file.
    Export,
    /// Review, publish and hide questions and answers.
    Publish,
    /// Write and remove canned answers.
    WriteCanned,
    /// Make, change and disable accounts.
    ManageAccounts,
    /// See what did not leave, and try it again.
    ManageOutbox,
    /// Make and end keys of programs.
    ManageKeys,
    /// See who did what, and take it out as a file.
    ReadAudit,
    /// Take out all that is kept of a person.
    ExportPerson,
    /// Erase a person.
    ErasePerson,
    /// Say whether one takes cases, and which language one reads.
    ChangeOwn,
}

const ANSWERING: &[Role] = &[Role::Agent, Role::Specialist, Role::Admin];
const PUBLISHING: &[Role] = &[Role::Editor, Role::Agent, Role::Specialist, Role::Admin];
const MANAGING: &[Role] = &[Role::Admin];

/// What each role may do. What is not here is refused.
pub const TABLE: &[(Act, &[Role])] = &[
    (Act::ReadCases, ANSWERING),
    (Act::WorkCases, ANSWERING),
    (Act::Export, ANSWERING),
    (Act::Publish, PUBLISHING),
    (Act::WriteCanned, MANAGING),
    (Act::ManageAccounts, MANAGING),
    (Act::ManageOutbox, MANAGING),
    (Act::ManageKeys, MANAGING),
    (Act::ReadAudit, MANAGING),
    (Act::ExportPerson, MANAGING),
    (Act::ErasePerson, MANAGING),
    (Act::ChangeOwn, PUBLISHING),
];

/// Whether a role may do it.
pub fn may(role: Role, act: Act) -> bool {
    TABLE
        .iter()
        .any(|(known, roles)| *known == act && roles.contains(&role))
}

/// Lets an account pass that may do it.
///
/// # Errors
/// `Forbidden` for one that may not, and for a disabled one.
pub(super) fn allow(account: &Account, act: Act) -> Result<()> {
    match may(account.role, act) && !account.disabled {
        true => Ok(()),
        false => Err(Refusal::Role.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, TABLE, may};
    use crate::model::account::Role;

    #[test]
    fn the_whole_table_written_a_second_time() {
        // editor, agent, specialist, admin
        for (act, expected) in [
            (Act::ReadCases, [false, true, true, true]),
            (Act::WorkCases, [false, true, true, true]),
            (Act::Export, [false, true, true, true]),
            (Act::Publish, [true, true, true, true]),
            (Act::WriteCanned, [false, false, false, true]),
            (Act::ManageAccounts, [false, false, false, true]),
            (Act::ManageOutbox, [false, false, false, true]),
            (Act::ManageKeys, [false, false, false, true]),
            (Act::ReadAudit, [false, false, false, true]),
            (Act::ExportPerson, [false, false, false, true]),
            (Act::ErasePerson, [false, false, false, true]),
            (Act::ChangeOwn, [true, true, true, true]),
        ] {
            let found: Vec<bool> = Role::ALL.iter().map(|role| may(*role, act)).collect();
            assert_eq!(found, expected, "{act:?}");
        }
        assert_eq!(TABLE.len(), 12);
    }
}

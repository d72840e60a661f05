//! How are many cases changed at once, and how is that undone? One by one, so that one that refuses stops no other; each change
//! tells its inverse, which counts only while nobody else has changed the case since.

use super::permissions::{Act, allow};
use super::{Cases, Change, Refusal};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, CaseNumber, Priority, State};
use crate::model::{AccountId, CaseId, Slug};

/// The most cases of one go.
pub const MAX_AT_ONCE: usize = 100;

/// How a change of one case is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inverse {
    /// The case.
    pub case: CaseId,
    /// The state of the row that the change led to.
    pub version: i64,
    /// What leads back.
    pub back: Change,
}

/// What came of changing many cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bulk {
    /// Those that changed, and how to undo it.
    pub done: Vec<Inverse>,
    /// Those that did not, and why.
    pub refused: Vec<(CaseNumber, Refusal)>,
}

impl Cases {
    /// Changes many cases, at most 100.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::TooLong`] for too many, and what the database has; other refusals are in the result.
    pub async fn change_many(
        &self,
        by: &Account,
        cases: &[CaseId],
        change: &Change,
    ) -> Result<Bulk> {
        allow(by, Act::WorkCases)?;
        if cases.len() > MAX_AT_ONCE {
            return Err(Refusal::TooLong.into());
        }
        let mut bulk = Bulk::default();
        for &id in cases {
            let Some(before) = self.store().read().await?.case(id).await? else {
                continue;
            };
            match self.change(by, id, change, Some(before.version)).await {
                Ok(after) => bulk.done.extend(inverse(&before, &after, change)),
                Err(error) => match Refusal::of(&error) {
                    Some(refusal) => bulk.refused.push((before.number, refusal)),
                    None => return Err(error),
                },
            }
        }
        Ok(bulk)
    }

    /// Undoes changes of many cases, where nobody has changed them since.
    ///
    /// # Errors
    /// As [`Self::change_many`].
    pub async fn undo(&self, by: &Account, inverses: &[Inverse]) -> Result<Bulk> {
        allow(by, Act::WorkCases)?;
        let mut bulk = Bulk::default();
        for inverse in inverses.iter().take(MAX_AT_ONCE) {
            let Some(before) = self.store().read().await?.case(inverse.case).await? else {
                continue;
            };
            match self
                .change(by, inverse.case, &inverse.back, Some(inverse.version))
                .await
            {
                Ok(_) => bulk.done.push(inverse.clone()),
                Err(error) => match Refusal::of(&error) {
                    Some(refusal) => bulk.refused.push((before.number, refusal)),
                    None => return Err(error),
                },
            }
        }
        Ok(bulk)
    }
}

fn inverse(before: &Case, after: &Case, change: &Change) -> Option<Inverse> {
    if before.version == after.version {
        return None;
    }
    let back = match change {
        Change::Assign(_) => Change::Assign(before.assignee),
        Change::Group(_) => Change::Group(before.group.clone()),
        Change::Priority(_) => Change::Priority(before.priority),
        Change::Kind(_) => Change::Kind(before.kind),
        Change::Tags(_) | Change::Tag(_) => Change::Tags(before.tags.clone()),
        Change::Product(_) => Change::Product(before.product.clone()),
        Change::Solve | Change::Close if before.state == State::Solved => Change::Solve,
        Change::Solve | Change::Close => Change::Reopen,
        Change::Reopen if before.state == State::Closed => Change::Close,
        Change::Reopen => Change::Solve,
    };
    Some(Inverse {
        case: after.id,
        version: after.version,
        back,
    })
}

impl Inverse {
    /// For a hidden field: case, version, what and to what.
    pub fn as_text(&self) -> String {
        let back = match &self.back {
            Change::Assign(to) => format!(
                "assign:{}",
                to.map_or_else(String::new, |id| id.to_string())
            ),
            Change::Group(group) => format!("group:{group}"),
            Change::Priority(priority) => format!("priority:{priority}"),
            Change::Kind(kind) => format!("kind:{kind}"),
            Change::Tags(tags) => format!(
                "tags:{}",
                tags.iter().map(Slug::as_str).collect::<Vec<_>>().join(",")
            ),
            Change::Tag(tag) => format!("tags:{tag}"),
            Change::Product(product) => {
                format!("product:{}", product.as_ref().map_or("", Slug::as_str))
            }
            Change::Solve => "solve:".to_owned(),
            Change::Close => "close:".to_owned(),
            Change::Reopen => "reopen:".to_owned(),
        };
        format!("{}:{}:{back}", self.case, self.version)
    }

    /// Reads what [`Self::as_text`] wrote. It grants nothing: whoever sends it may make these changes anyway.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        let case = CaseId::parse(parts.next()?).ok()?;
        let version = parts.next()?.parse().ok()?;
        let (what, value) = (parts.next()?, parts.next()?);
        let back = match what {
            "assign" if value.is_empty() => Change::Assign(None),
            "assign" => Change::Assign(Some(AccountId::parse(value).ok()?)),
            "group" => Change::Group(Slug::parse(value).ok()?),
            "priority" => Change::Priority(Priority::parse(value).ok()?),
            "kind" => Change::Kind(crate::model::case::Kind::parse(value).ok()?),
            "tags" => Change::Tags(tags(value)?),
            "product" if value.is_empty() => Change::Product(None),
            "product" => Change::Product(Some(Slug::parse(value).ok()?)),
            "solve" => Change::Solve,
            "close" => Change::Close,
            "reopen" => Change::Reopen,
            _ => return None,
        };
        Some(Self {
            case,
            version,
            back,
        })
    }
}

fn tags(text: &str) -> Option<Vec<Slug>> {
    let names = text.split(',').filter(|name| !name.is_empty());
    names.map(|name| Slug::parse(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Change, Inverse};
    use crate::model::case::Priority;
    use crate::model::{AccountId, CaseId, Slug};
    use jiff::Timestamp;

    #[test]
    fn an_inverse_is_read_back() {
        let now = Timestamp::UNIX_EPOCH;
        let tag = |text| Slug::parse(text).expect("a tag");
        for back in [
            Change::Assign(None),
            Change::Assign(Some(AccountId::generate(now))),
            Change::Group(tag("售后")),
            Change::Priority(Priority::P1),
            Change::Tags(vec![tag("退款"), tag("v2.1")]),
            Change::Tags(Vec::new()),
            Change::Reopen,
        ] {
            let inverse = Inverse {
                case: CaseId::generate(now),
                version: 7,
                back,
            };
            assert_eq!(Inverse::parse(&inverse.as_text()), Some(inverse));
        }
        for bad in [
            "",
            "a:b:c:d",
            "x",
            "01890a5d-ac96-774b-bcce-b302099a8057:1:drop:x",
        ] {
            assert_eq!(Inverse::parse(bad), None, "{bad}");
        }
    }
}

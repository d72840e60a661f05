//! Who works here? Accounts, for those who manage them.

use super::deeds::actor_name;
use super::door::Desk;
use super::form::{Fields, Posted};
use super::frame::{Frame, page_of};
use super::queue::{Option_, group_name};
use super::refused::{back, refused};
use super::words::{Moment, Words};
use crate::cases::{AccountChange, Act, NewAccount, NewInvitation, Refusal, may};
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::account::{Account, Invitation, Role};
use crate::model::{AccountId, Email, Lang, PersonName, Slug};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

const PAGE: &str = "/desk/accounts";

#[derive(Debug, Serialize)]
struct AccountsPage {
    accounts: Vec<Row>,
    invitations: Vec<Invited>,
    roles: Vec<Option_>,
    groups: Vec<Option_>,
    langs: Vec<Option_>,
}

/// Somebody who was invited and has not come.
#[derive(Debug, Serialize)]
struct Invited {
    email: String,
    name: String,
    role_name: String,
    groups: String,
    by: String,
    until: Moment,
    over: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    name: String,
    email: String,
    role_name: String,
    roles: Vec<Option_>,
    groups: String,
    on_duty: bool,
    disabled: bool,
    own: bool,
    cases: u32,
    second_step: bool,
}

/// `GET /desk/accounts`
pub(super) async fn page(desk: Desk) -> Result<Response, Failure> {
    if !may(desk.account.role, Act::ManageAccounts) {
        return refused(&desk, Refusal::Role.into());
    }
    let counts = desk.cases.live().counts();
    let role_name = |role: Role| messages::text(desk.lang, &format!("desk_role_{role}")).to_owned();
    let roles = |own: Option<Role>| {
        Role::ALL
            .iter()
            .map(|role| Option_::new(role, role_name(*role), own == Some(*role)))
            .collect()
    };
    let accounts = desk.cases.accounts().await?;
    let secured = desk.cases.accounts_with_second_step().await?;
    let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
    let row = |account: &Account| Row {
        id: account.id.to_string(),
        name: account.name.to_string(),
        email: account.email.to_string(),
        role_name: role_name(account.role),
        roles: roles(Some(account.role)),
        groups: joined(&account.groups),
        on_duty: account.on_duty,
        disabled: account.disabled,
        own: account.id == desk.account.id,
        cases: counts.by_assignee.get(&account.id).copied().unwrap_or(0),
        second_step: secured.contains(&account.id),
    };
    let groups = desk.cases.groups().await?;
    let invitations = desk.cases.invitations(Some(&desk.account)).await?;
    let invited = |invitation: &Invitation| Invited {
        email: invitation.email.to_string(),
        name: invitation.name.to_string(),
        role_name: role_name(invitation.role),
        groups: joined(&invitation.groups),
        by: actor_name(desk.lang, &invitation.invited_by),
        until: words.moment(invitation.expires_at),
        over: invitation.expires_at <= words.now,
    };
    let view = AccountsPage {
        accounts: accounts.iter().map(row).collect(),
        invitations: invitations.iter().map(invited).collect(),
        langs: Option_::languages(desk.lang),
        roles: roles(Some(Role::Agent)),
        groups: groups
            .iter()
            .map(|group| Option_::new(group, group_name(&desk, group), false))
            .collect(),
    };
    let frame = Frame::new(&desk, messages::text(desk.lang, "desk_accounts"), "");
    Ok(page_of(
        &desk.state,
        "desk/accounts.html",
        desk.lang,
        &frame,
        &view,
        StatusCode::OK,
    )?)
}

fn joined(groups: &[Slug]) -> String {
    let names: Vec<&str> = groups.iter().map(Slug::as_str).collect();
    names.join(", ")
}

/// `POST /desk/accounts/invite`
pub(super) async fn invite(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let invited = async {
        let new = new_account(&desk, &fields)?;
        let invitation = NewInvitation {
            email: new.email,
            name: new.name,
            role: new.role,
            groups: new.groups,
            lang: Lang::parse(fields.one("lang")).unwrap_or(desk.lang),
        };
        desk.cases.invite(Some(&desk.account), invitation).await
    };
    let invited = invited.await;
    done_with(&desk, invited.map(drop), "desk_invited")
}

/// `POST /desk/accounts/invitations`: sends an invitation once more, or takes it back.
pub(super) async fn invitation(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let Ok(email) = Email::parse(fields.one("email")) else {
        return back(&desk, PAGE, Refusal::NoInvitation.into());
    };
    let by = Some(&desk.account);
    match fields.one("do") {
        "withdraw" => {
            let done = desk.cases.withdraw_invitation(by, &email).await;
            done_with(&desk, done, "desk_invitation_withdrawn")
        }
        _ => {
            let done = desk.cases.invite_again(by, &email).await;
            done_with(&desk, done.map(drop), "desk_invited")
        }
    }
}

/// `POST /desk/accounts`
pub(super) async fn add(Posted { desk, fields, .. }: Posted) -> Result<Response, Failure> {
    let added = async {
        let new = new_account(&desk, &fields)?;
        desk.cases
            .add_account(Some(&desk.account), new, fields.one("password"))
            .await
    };
    let added = added.await;
    done(&desk, added.map(drop))
}

fn new_account(desk: &Desk, fields: &Fields) -> Result<NewAccount> {
    let wrong = |e: &dyn std::fmt::Display| Error::invalid(e.to_string());
    Ok(NewAccount {
        email: Email::parse(fields.one("email")).map_err(|e| wrong(&e))?,
        name: PersonName::parse(fields.one("name")).map_err(|e| wrong(&e))?,
        role: Role::parse(fields.one("role")).map_err(|e| wrong(&e))?,
        groups: groups(fields.one("groups"))?,
        lang: desk.lang,
        on_duty: true,
    })
}

fn groups(text: &str) -> Result<Vec<Slug>> {
    let names = text
        .split([',', '，', '、'])
        .map(str::trim)
        .filter(|name| !name.is_empty());
    names
        .map(|name| Slug::parse(name).map_err(|_| Refusal::NoGroup.into()))
        .collect()
}

/// `POST /desk/accounts/{id}`
pub(super) async fn change(
    Path(id): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    let changed = async {
        let id = AccountId::parse(&id).map_err(|_| Refusal::NoAccount)?;
        if let Some(password) = fields
            .given("password")
            .filter(|password| !password.is_empty())
        {
            let kept = (id == desk.account.id).then(|| desk.token.hash());
            desk.cases
                .set_password(Some(&desk.account), id, password, kept)
                .await?;
        }
        let change = AccountChange {
            role: Role::parse(fields.one("role")).ok(),
            groups: fields.given("groups").map(groups).transpose()?,
            on_duty: fields.given("role").map(|_| fields.one("on_duty") == "1"),
            disabled: match fields.one("do") {
                "disable" => Some(true),
                "enable" => Some(false),
                _ => None,
            },
            ..AccountChange::default()
        };
        desk.cases
            .change_account(Some(&desk.account), id, &change)
            .await
    };
    let changed = changed.await;
    done(&desk, changed.map(drop))
}

fn done(desk: &Desk, done: Result<()>) -> Result<Response, Failure> {
    done_with(desk, done, "desk_saved")
}

fn done_with(desk: &Desk, done: Result<()>, said: &str) -> Result<Response, Failure> {
    match done {
        Ok(()) => desk.say(messages::text(desk.lang, said).to_owned(), false, &[]),
        Err(error)
            if Refusal::of(&error).is_none()
                && error.code() == crate::error::Code::InvalidRequest =>
        {
            desk.say(
                messages::text(desk.lang, "desk_account_wrong").to_owned(),
                true,
                &[],
            );
        }
        Err(error) => return back(desk, PAGE, error),
    }
    Ok(Redirect::to(PAGE).into_response())
}

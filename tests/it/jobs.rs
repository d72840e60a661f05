//! What happens by itself when time passes? In this process, with a clock that is moved.

use crate::deliver::{House, run};
use jiff::SignedDuration;
use kb::cases::{Change, NewAccount, Timekeeper};
use kb::config::{Group, Settings};
use kb::model::account::{Account, Role};
use kb::model::case::{Case, Kind, Priority, Reach, State, What};
use kb::model::outbox::Entry;
use kb::model::{Email, Lang, PersonName, Slug};

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a name")
}

fn specialists(settings: &mut Settings) {
    settings.groups = vec![
        Group {
            escalates_to: Some(slug("experts")),
            ..Group::plain(slug("support"))
        },
        Group::plain(slug("experts")),
    ];
}

async fn account(house: &House, email: &str, group: &str) -> Account {
    let new = NewAccount {
        email: Email::parse(email).expect("an address"),
        name: PersonName::parse("小王").expect("a name"),
        role: Role::Agent,
        groups: vec![slug(group)],
        lang: Lang::ZhCn,
        on_duty: true,
    };
    let made = house.cases.add_account(None, new, "a long password 42");
    made.await.expect("an account")
}

async fn timeline(house: &House, case: &Case) -> Vec<&'static str> {
    let mut read = house.cases.store().read().await.expect("a reader");
    let events = read.events(case.id, 0, Reach::Internal).await;
    let events = events.expect("read");
    events.iter().map(|event| event.what.name()).collect()
}

async fn outbox(house: &House, case: &Case) -> Vec<Entry> {
    let mut read = house.cases.store().read().await.expect("a reader");
    read.outbox_of(case.id).await.expect("read")
}

fn count(entries: &[Entry], event: &str, to: &str) -> usize {
    let told = |entry: &&Entry| {
        let key = &entry.what.dedup;
        key.contains(&format!(":{event}:")) && key.ends_with(to)
    };
    entries.iter().filter(told).count()
}

#[test]
fn what_is_late_goes_to_specialists_once() {
    run(async {
        let house = House::with(specialists).await;
        let _ = account(&house, "agent@example.com", "support").await;
        let _ = account(&house, "expert@example.com", "experts").await;
        let case = house.ask("a@b.cn").await;
        let mut keepers = [Timekeeper::new(), Timekeeper::new()].map(|k| k.expect("a keeper"));
        let done = house.cases.pass_time(&mut keepers[0]).await.expect("done");
        assert_eq!(done.late, 0, "it is not late yet");
        let due = case.due_at().expect("a promise");
        house.clock.set(due + SignedDuration::from_secs(1));
        let done = house.cases.pass_time(&mut keepers[0]).await.expect("done");
        assert_eq!(done.late, 1);
        // Another server, and the same one later, do not do it again.
        house.later(1);
        for keeper in &mut keepers {
            let done = house.cases.pass_time(keeper).await.expect("done");
            assert_eq!(done.late, 0);
        }
        let now = house.cases.case(case.id).await.expect("the case");
        assert_eq!((now.group.as_str(), now.escalations), ("experts", 1));
        let events = timeline(&house, &case).await;
        assert_eq!(events, ["opened", "late", "escalated", "assigned"]);
        let sent = outbox(&house, &case).await;
        assert_eq!(count(&sent, "case.escalated", "expert@example.com"), 1);
        assert_eq!(count(&sent, "case.due", "agent@example.com"), 0);
    });
}

#[test]
fn what_is_late_and_most_urgent_calls_people_again() {
    run(async {
        let house = House::with(|settings| {
            specialists(settings);
            settings.cases.escalate_late = false;
        })
        .await;
        let agent = account(&house, "agent@example.com", "support").await;
        let case = house.ask("a@b.cn").await;
        let urgent = Change::Priority(Priority::P1);
        let case = house.cases.change(&agent, case.id, &urgent, None).await;
        let case = case.expect("changed");
        house
            .clock
            .set(case.due_at().expect("a promise") + SignedDuration::from_secs(1));
        let mut keeper = Timekeeper::new().expect("a keeper");
        let done = house.cases.pass_time(&mut keeper).await.expect("done");
        assert_eq!(done.late, 1);
        let sent = outbox(&house, &case).await;
        assert_eq!(count(&sent, "case.paged", "agent@example.com"), 2);
        assert_eq!(count(&sent, "case.due", "agent@example.com"), 1);
    });
}

#[test]
fn what_is_solved_is_closed_and_complaints_are_followed_up_once() {
    run(async {
        let house = House::with(|_| {}).await;
        let agent = account(&house, "agent@example.com", "support").await;
        let case = house.ask("a@b.cn").await;
        let complaint = Change::Kind(Kind::Complaint);
        for change in [complaint, Change::Solve] {
            let changed = house.cases.change(&agent, case.id, &change, None).await;
            let _ = changed.expect("changed");
        }
        let mut keeper = Timekeeper::new().expect("a keeper");
        let day = 24 * 60;
        let mut all = Vec::new();
        for _ in 0..20 {
            house.later(day);
            all.push(house.cases.pass_time(&mut keeper).await.expect("done"));
        }
        let sum = |of: fn(&kb::cases::Done) -> u32| all.iter().map(of).sum::<u32>();
        assert_eq!((sum(|d| d.closed), sum(|d| d.followed_up)), (1, 1));
        assert_eq!((all[6].closed, all[9].followed_up), (1, 1), "{all:?}");
        let now = house.cases.case(case.id).await.expect("the case");
        assert_eq!((now.state, now.follow_up_at), (State::Closed, None));
        let sent = outbox(&house, &case).await;
        assert_eq!(count(&sent, "follow_up", "a@b.cn"), 1);
        let _ = house.cases.reopen(case.id, "").await.expect("open again");
        let mut read = house.cases.store().read().await.expect("a reader");
        let events = read.events(case.id, 0, Reach::Public).await.expect("read");
        let closed = events
            .iter()
            .filter(|event| matches!(event.what, What::Moved { to, .. } if to == State::Closed));
        assert_eq!(closed.count(), 1);
    });
}

#[test]
fn a_case_that_was_closed_long_ago_stays_closed() {
    run(async {
        let house = House::with(|_| {}).await;
        let case = house.ask("a@b.cn").await;
        let _ = house.cases.confirm(case.id).await.expect("closed");
        house.later(31 * 24 * 60);
        let refused = house.cases.reopen(case.id, "").await.expect_err("refused");
        assert!(refused.to_string().contains("too long ago"), "{refused}");
    });
}

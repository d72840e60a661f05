//! Does the store keep its promises, in both databases alike?

#![expect(
    clippy::panic,
    clippy::too_many_lines,
    reason = "tests fail by panics, and one promise may have many sentences"
)]

use super::postgres;
use jiff::{SignedDuration, Timestamp};
use kb::model::account::{Account, Role as DeskRole, Session};
use kb::model::case::{
    Actor, Attachment, Case, CaseNumber, Due, FileName, Kind, Move, Priority, Rating, Reach, Role,
    State, Via, What,
};
use kb::model::outbox::{Channel, Delivery, Outgoing};
use kb::model::question::{Answer, Author, Question, Shown, Subject, Vote};
use kb::model::reward::{Grant, Holder, Reason};
use kb::model::visit::Visit;
use kb::model::{
    AccountId, AnswerId, AttachmentId, Audience, CaseId, Email, Lang, OutboxId, PersonName,
    QuestionId, Slug, VisitId,
};
use kb::store::{
    Assigned, CaseFilter, CaseOrder, Claimed, Cursor, Fault, Location, NewEvent, Patience, Present,
    QuestionFilter, QuestionOrder, Store, Tidy, Topic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use tempfile::TempDir;

/// Runs the same promise over both databases.
pub(crate) fn in_both<F: Future<Output = ()>>(promise: impl Fn(Store) -> F) {
    let folder = TempDir::new().expect("a folder");
    let sqlite = Location::within(folder.path());
    let postgres = Location::parse(&postgres::database()).expect("an address");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    for location in [sqlite, postgres] {
        runtime.block_on(async {
            let store = Store::open_with(&location, Patience { wait_ms: 5_000 }, at(0)).await;
            let store = store.unwrap_or_else(|e| panic!("{location}: {e:?}"));
            promise(store.clone()).await;
            store.close().await;
        });
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    "2026-11-22T08:00:00Z"
        .parse::<Timestamp>()
        .expect("an instant")
        + SignedDuration::from_secs(seconds)
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a name")
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

/// A case of `asker`, opened and kept.
pub(crate) async fn opened(store: &Store, asker: &str, seconds: i64) -> Case {
    let mut tx = store.begin().await.expect("a transaction");
    let person = tx
        .person_for(&email(asker), None, Lang::ZhCn, at(seconds))
        .await
        .expect("a person");
    let number = tx
        .next_case_number("KB", jiff::civil::date(2026, 11, 22))
        .await
        .expect("a number");
    let mut case = Case {
        id: CaseId::generate(at(seconds)),
        number,
        state: State::New,
        priority: Priority::P3,
        kind: Kind::Problem,
        subject: "打印机不工作".to_owned(),
        requester: person.id,
        lang: Lang::ZhCn,
        product: Some(slug("printer")),
        category: "hardware/printer".to_owned(),
        tags: vec![slug("打印")],
        group: slug("support"),
        assignee: None,
        escalations: 0,
        visit: None,
        opened_at: at(seconds),
        updated_at: at(seconds),
        answered_at: None,
        solved_at: None,
        closed_at: None,
        due: Due {
            first_answer: Some(at(seconds + 3_600)),
            solution: Some(at(seconds + 86_400)),
        },
        follow_up_at: None,
        rating: None,
        question: None,
        merged_into: None,
        events: 0,
        version: 0,
    };
    let text = What::Opened {
        text: "打印机不工作，红灯亮。".to_owned(),
        via: Via::Page,
    };
    tx.save_case(
        &mut case,
        vec![NewEvent::new(
            Actor::requester(Some("李雷")),
            text,
            at(seconds),
        )],
    )
    .await
    .expect("kept");
    tx.commit().await.expect("durable");
    case
}

pub(crate) fn agent(name: &str, seconds: i64) -> Account {
    Account {
        id: AccountId::generate(at(seconds)),
        email: email(&format!("{name}@desk.example.com")),
        name: PersonName::parse(name).expect("a name"),
        role: DeskRole::Agent,
        groups: vec![slug("support")],
        lang: Lang::ZhCn,
        on_duty: true,
        disabled: false,
        created_at: at(seconds),
        version: 0,
    }
}

/// Changes a file of SQLite behind the program's back.
pub(crate) async fn by_hand(path: &std::path::Path, script: &str) {
    use sqlx::Connection;
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opened");
    let script = sqlx::raw_sql(sqlx::AssertSqlSafe(script.to_owned()));
    script.execute(&mut connection).await.expect("done");
    connection.close().await.expect("closed");
}

fn outgoing(dedup: &str, lane: &str, seconds: i64) -> Outgoing {
    Outgoing {
        id: OutboxId::generate(at(seconds)),
        channel: Channel::Mail,
        dedup: dedup.to_owned(),
        case: None,
        lane: lane.to_owned(),
        payload: "{\"to\":\"a@b.cn\"}".to_owned(),
        created_at: at(seconds),
        due_at: at(seconds),
    }
}

#[test]
fn a_case_is_kept_with_all_that_belongs_to_it() {
    in_both(|store| async move {
        let mut case = opened(&store, "li@example.com", 0).await;
        assert_eq!(
            (case.version, case.events, case.number.as_str()),
            (1, 1, "KB-2611-0001")
        );
        let mut tx = store.begin().await.expect("a transaction");
        let mut colleague = agent("wang", 0);
        tx.save_account(&mut colleague).await.expect("kept");
        let actor = Actor {
            role: Role::Agent,
            account: Some(colleague.id),
            name: "wang".to_owned(),
        };
        case.go(Move::AskBack, Role::Agent, at(60)).expect("a move");
        case.answered_at = Some(at(60));
        case.assignee = Some(colleague.id);
        case.rating = Some(Rating::new(5).expect("stars"));
        case.tags = vec![slug("打印"), slug("红灯")];
        let attachment = Attachment {
            id: AttachmentId::generate(at(60)),
            case: case.id,
            event: case.events + 1,
            reach: Reach::Public,
            name: FileName::parse("截图.png").expect("a name"),
            media_type: "image/png".to_owned(),
            size: 5,
            hash: "00".repeat(32),
            created_at: at(60),
        };
        let message = What::Message {
            text: "哪个型号？".to_owned(),
            quoted: String::new(),
            via: Via::Desk,
        };
        let note = What::Note {
            text: "老客户".to_owned(),
        };
        let events = vec![
            NewEvent::new(actor.clone(), message, at(60)),
            NewEvent::new(actor, note, at(61)),
        ];
        tx.save_case(&mut case, events).await.expect("kept");
        tx.add_attachment(&attachment, vec![0, 255, 1, 0, 7])
            .await
            .expect("kept");
        tx.commit().await.expect("durable");

        let mut read = store.read().await.expect("a reader");
        assert_eq!(read.case(case.id).await.expect("read"), Some(case.clone()));
        assert_eq!(
            read.case_by_number(&case.number).await.expect("read"),
            Some(case.clone())
        );
        assert_eq!(
            read.cases_of(case.requester, 9).await.expect("read"),
            vec![case.clone()]
        );
        let seqs =
            |events: Vec<kb::model::case::Event>| events.iter().map(|e| e.seq).collect::<Vec<_>>();
        assert_eq!(
            seqs(
                read.events(case.id, 0, Reach::Internal)
                    .await
                    .expect("read")
            ),
            [1, 2, 3]
        );
        assert_eq!(
            seqs(read.events(case.id, 0, Reach::Public).await.expect("read")),
            [1, 2]
        );
        assert_eq!(
            seqs(
                read.events(case.id, 2, Reach::Internal)
                    .await
                    .expect("read")
            ),
            [3]
        );
        let kept = read
            .attachment(case.id, attachment.id, Reach::Public)
            .await
            .expect("read");
        assert_eq!(kept, Some((attachment.clone(), vec![0, 255, 1, 0, 7])));
        assert_eq!(read.attached_bytes(case.id).await.expect("read"), 5);
        let other = CaseId::generate(at(0));
        assert_eq!(
            read.attachment(other, attachment.id, Reach::Internal)
                .await
                .expect("read"),
            None
        );
    });
}

#[test]
fn a_stale_copy_is_refused_and_changes_nothing() {
    in_both(|store| async move {
        let case = opened(&store, "li@example.com", 0).await;
        let (mut first, mut second) = (case.clone(), case);
        first.priority = Priority::P1;
        second.priority = Priority::P4;
        let mut tx = store.begin().await.expect("a transaction");
        tx.save_case(&mut first, vec![]).await.expect("kept");
        tx.commit().await.expect("durable");
        let mut tx = store.begin().await.expect("a transaction");
        let note = NewEvent::new(Actor::system(), What::LinkSent, at(1));
        let refused = tx
            .save_case(&mut second, vec![note])
            .await
            .expect_err("stale");
        assert_eq!(refused.fault(), Fault::Stale);
        assert_eq!(
            kb::error::Error::from(refused).code(),
            kb::error::Code::Conflict
        );
        drop(tx);
        let mut read = store.read().await.expect("a reader");
        assert_eq!(
            read.case(first.id).await.expect("read"),
            Some(first.clone())
        );
        assert_eq!(
            read.events(first.id, 0, Reach::Internal)
                .await
                .expect("read")
                .len(),
            1
        );
    });
}

#[test]
fn of_two_replies_at_the_same_time_one_sees_the_other() {
    in_both(|store| async move {
        let case = opened(&store, "li@example.com", 0).await;
        let reply = |text: &'static str| {
            let (store, id) = (store.clone(), case.id);
            tokio::spawn(async move {
                let mut tx = store.begin().await.expect("a transaction");
                let mut case = tx.case_for_update(id).await.expect("read").expect("there");
                let seen = case.events;
                let what = What::Message {
                    text: text.to_owned(),
                    quoted: String::new(),
                    via: Via::Desk,
                };
                tx.save_case(&mut case, vec![NewEvent::new(Actor::system(), what, at(1))])
                    .await
                    .expect("not stale");
                tx.commit().await.expect("durable");
                seen
            })
        };
        let replies = ["一", "二", "三", "四"].map(reply);
        let mut seen = Vec::new();
        for reply in replies {
            seen.push(reply.await.expect("done"));
        }
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3, 4], "each saw all before it");
        let events = store
            .read()
            .await
            .expect("a reader")
            .events(case.id, 0, Reach::Internal)
            .await
            .expect("read");
        assert_eq!(
            events.iter().map(|event| event.seq).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5]
        );
    });
}

#[test]
fn every_kind_of_event_is_read_back_as_it_was() {
    in_both(|store| async move {
        let mut case = opened(&store, "li@example.com", 0).await;
        let other = opened(&store, "han@example.com", 1).await;
        let account = AccountId::generate(at(0));
        let all = vec![
            What::Opened {
                text: "一\n二\u{0}三".replace('\0', ""),
                via: Via::Mail,
            },
            What::Message {
                text: "“引号” \"\\ 😀".to_owned(),
                quoted: "> 旧".to_owned(),
                via: Via::Api,
            },
            What::Note {
                text: String::new(),
            },
            What::Moved {
                step: Move::AskBack,
                from: State::Open,
                to: State::Waiting,
            },
            What::Assigned {
                group: slug("support"),
                account: Some(account),
                name: "王".to_owned(),
            },
            What::Assigned {
                group: slug("support"),
                account: None,
                name: String::new(),
            },
            What::Escalated {
                from: slug("a"),
                to: slug("b"),
                late: true,
                reason: "晚".to_owned(),
            },
            What::Priority {
                from: Priority::P3,
                to: Priority::P1,
            },
            What::Kind {
                from: Kind::Question,
                to: Kind::Complaint,
            },
            What::Tagged {
                tags: vec![slug("红"), slug("b c")],
            },
            What::Due {
                due: Due {
                    first_answer: None,
                    solution: Some(at(9)),
                },
            },
            What::MergedInto { case: other.id },
            What::MergedFrom { case: other.id },
            What::Attached {
                attachments: vec![AttachmentId::generate(at(0))],
            },
            What::Rated {
                rating: Rating::new(4).expect("stars"),
                text: "好".to_owned(),
            },
            What::Published {
                question: QuestionId::generate(at(0)),
            },
            What::Drafted {
                path: "faq/打印机.md".to_owned(),
            },
            What::Rewarded { points: 10 },
            What::LinkSent,
            What::FollowedUp {
                text: "还好吗".to_owned(),
            },
            What::Late { first_answer: true },
            What::Paged {
                group: slug("support"),
            },
        ];
        let events = all
            .iter()
            .map(|what| NewEvent::new(Actor::system(), what.clone(), at(5)))
            .collect();
        let mut tx = store.begin().await.expect("a transaction");
        tx.save_case(&mut case, events).await.expect("kept");
        tx.commit().await.expect("durable");
        let read = store
            .read()
            .await
            .expect("a reader")
            .events(case.id, 1, Reach::Internal)
            .await
            .expect("read");
        assert_eq!(
            read.into_iter().map(|event| event.what).collect::<Vec<_>>(),
            all
        );
    });
}

#[test]
fn queues_are_filtered_ordered_and_paged() {
    in_both(|store| async move {
        let mut cases = Vec::new();
        for i in 0..7 {
            cases.push(opened(&store, &format!("p{}@example.com", i % 2), i * 10).await);
        }
        let mut tx = store.begin().await.expect("a transaction");
        let mut colleague = agent("wang", 0);
        tx.save_account(&mut colleague).await.expect("kept");
        cases[2].assignee = Some(colleague.id);
        cases[3].priority = Priority::P1;
        cases[4]
            .go(Move::Solve, Role::Agent, at(100))
            .expect("a move");
        cases[5].group = slug("billing");
        cases[5].tags = vec![slug("发票")];
        for case in &mut cases[2..6] {
            tx.save_case(case, vec![]).await.expect("kept");
        }
        tx.commit().await.expect("durable");
        let mut read = store.read().await.expect("a reader");
        let live = CaseFilter {
            states: vec![State::New, State::Open, State::Waiting],
            ..CaseFilter::default()
        };
        let ids =
            |page: &kb::store::CasePage| page.cases.iter().map(|case| case.id).collect::<Vec<_>>();
        let place = |at: &[usize]| at.iter().map(|i| cases[*i].id).collect::<Vec<_>>();
        for (order, expected) in [
            (CaseOrder::Due, place(&[0, 1, 2, 3, 5, 6])),
            (CaseOrder::Priority, place(&[3, 0, 1, 2, 5, 6])),
            (CaseOrder::Newest, place(&[6, 5, 3, 2, 1, 0])),
            (CaseOrder::Oldest, place(&[0, 1, 2, 3, 5, 6])),
            (CaseOrder::Updated, place(&[6, 5, 3, 2, 1, 0])),
        ] {
            let mut found = Vec::new();
            let mut after: Option<Cursor> = None;
            loop {
                let page = read
                    .cases(&live, order, after.as_ref(), 2)
                    .await
                    .expect("read");
                found.extend(ids(&page));
                after = page.next.and_then(|next| Cursor::parse(&next.as_text()));
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{order:?}");
        }
        let only = |filter: CaseFilter| filter;
        for (filter, expected) in [
            (
                only(CaseFilter {
                    assigned: Some(Assigned::To(colleague.id)),
                    ..live.clone()
                }),
                place(&[2]),
            ),
            (
                only(CaseFilter {
                    assigned: Some(Assigned::Nobody),
                    groups: vec![slug("billing")],
                    ..live.clone()
                }),
                place(&[5]),
            ),
            (
                only(CaseFilter {
                    tag: Some(slug("发票")),
                    ..CaseFilter::default()
                }),
                place(&[5]),
            ),
            (
                only(CaseFilter {
                    priority: Some(Priority::P1),
                    ..live.clone()
                }),
                place(&[3]),
            ),
            (
                only(CaseFilter {
                    requester: Some(cases[1].requester),
                    ..live.clone()
                }),
                place(&[1, 3, 5]),
            ),
            (
                only(CaseFilter {
                    due_before: Some(at(3_615)),
                    ..live.clone()
                }),
                place(&[0, 1]),
            ),
            (
                only(CaseFilter {
                    solved_by: Some(at(100)),
                    ..CaseFilter::default()
                }),
                place(&[4]),
            ),
            (
                only(CaseFilter {
                    kind: Some(Kind::Complaint),
                    ..CaseFilter::default()
                }),
                place(&[]),
            ),
            (
                only(CaseFilter {
                    product: Some(slug("printer")),
                    lang: Some(Lang::En),
                    ..CaseFilter::default()
                }),
                place(&[]),
            ),
            (
                only(CaseFilter {
                    opened_from: Some(at(10)),
                    opened_before: Some(at(30)),
                    ..live.clone()
                }),
                place(&[1, 2]),
            ),
        ] {
            let page = read
                .cases(&filter, CaseOrder::Due, None, 50)
                .await
                .expect("read");
            assert_eq!(ids(&page), expected, "{filter:?}");
            assert_eq!(
                read.count_cases(&filter, 100).await.expect("read") as usize,
                expected.len()
            );
        }
        let counts = read.queue_counts().await.expect("read");
        assert_eq!(counts.iter().map(|count| count.count).sum::<u32>(), 6);
    });
}

#[test]
fn cases_are_found_by_their_terms_rare_ones_first() {
    in_both(|store| async move {
        let mut cases = Vec::new();
        for i in 0..30 {
            cases.push(opened(&store, "li@example.com", i).await);
        }
        let mut tx = store.begin().await.expect("a transaction");
        for (i, case) in cases.iter().enumerate() {
            let mut terms = BTreeSet::from([1, u64::MAX]);
            if i == 3 {
                terms.extend([2, 77]);
            }
            if i % 2 == 0 {
                terms.insert(2);
            }
            tx.add_terms(case.id, &terms).await.expect("kept");
            tx.add_terms(case.id, &terms).await.expect("again");
        }
        tx.commit().await.expect("durable");
        let mut read = store.read().await.expect("a reader");
        let all = CaseFilter::default();
        let found = read
            .find_cases(&BTreeSet::from([1, 2, 77]), &all, 5)
            .await
            .expect("found");
        assert_eq!(found[0].case.id, cases[3].id);
        assert!((found[0].score - 1.0).abs() < 1e-9, "{}", found[0].score);
        assert!(found[1].score < 0.6, "{}", found[1].score);
        assert_eq!(found.len(), 5);
        let none = read
            .find_cases(&BTreeSet::from([5]), &all, 5)
            .await
            .expect("found");
        assert_eq!(none, vec![]);
        let solved = CaseFilter {
            states: vec![State::Solved],
            ..CaseFilter::default()
        };
        assert_eq!(
            read.find_cases(&BTreeSet::from([1]), &solved, 5)
                .await
                .expect("found"),
            vec![]
        );
        drop(read);
        let mut tx = store.begin().await.expect("a transaction");
        tx.remove_terms(cases[3].id).await.expect("forgotten");
        assert_eq!(
            tx.find_cases(&BTreeSet::from([77]), &all, 5)
                .await
                .expect("found"),
            vec![]
        );
    });
}

#[test]
fn nothing_leaves_the_outbox_twice() {
    in_both(|store| async move {
        let mut tx = store.begin().await.expect("a transaction");
        for i in 0..40 {
            assert!(
                tx.send(&outgoing(&format!("m{i}"), "", i))
                    .await
                    .expect("kept")
            );
        }
        assert!(
            !tx.send(&outgoing("m7", "", 99)).await.expect("known"),
            "the same is not sent twice"
        );
        tx.commit().await.expect("durable");
        let claim = || {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let mut tx = store.begin().await.expect("a transaction");
                    let claimed = tx
                        .claim_outbox(Channel::Mail, at(100), 60_000, 3)
                        .await
                        .expect("claimed");
                    tx.commit().await.expect("durable");
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(claimed.into_iter().map(|entry| entry.what.dedup));
                }
            })
        };
        let mut all = Vec::new();
        for claimed in [claim(), claim(), claim(), claim()] {
            all.extend(claimed.await.expect("done"));
        }
        let once: BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), once.len()), (40, 40));
        // Whose sender died is leased again, with the attempt counted.
        let mut tx = store.begin().await.expect("a transaction");
        let again = tx
            .claim_outbox(Channel::Mail, at(161), 60_000, 100)
            .await
            .expect("claimed");
        assert_eq!((again.len(), again[0].attempts), (40, 2));
        tx.mark_sent(again[0].what.id, at(162)).await.expect("sent");
        tx.mark_failed(again[1].what.id, "550\r\nno", None, at(162))
            .await
            .expect("dead");
        tx.mark_failed(again[2].what.id, "later", Some(at(500)), at(162))
            .await
            .expect("later");
        tx.commit().await.expect("durable");
        let mut read = store.read().await.expect("a reader");
        let dead = read
            .outbox(Some(Delivery::Dead), None, 9)
            .await
            .expect("read");
        assert_eq!((dead.len(), dead[0].last_error.as_str()), (1, "550  no"));
        let counts = read.outbox_counts().await.expect("read");
        assert_eq!(
            counts
                .iter()
                .map(|c| (c.delivery.as_str(), c.count))
                .collect::<Vec<_>>(),
            [("dead", 1), ("pending", 38), ("sent", 1)]
        );
        assert_eq!(
            read.next_due(Channel::Hook, at(0)).await.expect("read"),
            None
        );
        drop(read);
        let mut tx = store.begin().await.expect("a transaction");
        assert_eq!(tx.revive(None, at(600)).await.expect("revived"), 1);
        let due = tx
            .claim_outbox(Channel::Mail, at(600), 1, 100)
            .await
            .expect("claimed");
        assert_eq!(due.len(), 39);
    });
}

#[test]
fn a_lane_leaves_in_order() {
    in_both(|store| async move {
        let mut tx = store.begin().await.expect("a transaction");
        for (i, lane) in ["a", "a", "b", "a"].iter().enumerate() {
            tx.send(&outgoing(&format!("m{i}"), lane, i as i64))
                .await
                .expect("kept");
        }
        let first = tx
            .claim_outbox(Channel::Mail, at(100), 1_000, 10)
            .await
            .expect("claimed");
        let names = |entries: &[kb::model::outbox::Entry]| {
            entries
                .iter()
                .map(|e| e.what.dedup.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&first), ["m0", "m2"]);
        assert_eq!(
            tx.claim_outbox(Channel::Mail, at(100), 1_000, 10)
                .await
                .expect("claimed"),
            vec![]
        );
        tx.mark_failed(first[0].what.id, "later", Some(at(200)), at(100))
            .await
            .expect("later");
        assert_eq!(
            tx.claim_outbox(Channel::Mail, at(150), 1_000, 10)
                .await
                .expect("claimed")
                .len(),
            1,
            "b again, its lease is over"
        );
        tx.mark_sent(first[0].what.id, at(200)).await.expect("sent");
        assert_eq!(
            names(
                &tx.claim_outbox(Channel::Mail, at(151), 60_000, 10)
                    .await
                    .expect("claimed")
            ),
            ["m1", "m2"]
        );
    });
}

#[test]
fn what_happened_once_counts_once() {
    in_both(|store| async move {
        let case = opened(&store, "li@example.com", 0).await;
        let mut tx = store.begin().await.expect("a transaction");
        let grant = Grant {
            holder: Holder::Person(case.requester),
            reason: Reason::Asked,
            subject: "q1".to_owned(),
            points: 10,
            at: at(1),
        };
        assert!(tx.grant(&grant).await.expect("granted"));
        assert!(
            !tx.grant(&Grant {
                points: 99,
                at: at(2),
                ..grant.clone()
            })
            .await
            .expect("known")
        );
        assert!(
            tx.grant(&Grant {
                subject: "q2".to_owned(),
                ..grant.clone()
            })
            .await
            .expect("granted")
        );
        assert_eq!(tx.points(grant.holder).await.expect("read"), 20);
        assert_eq!(tx.grants(grant.holder, 9).await.expect("read").len(), 2);
        assert!(tx.see_once("mail:1", at(0)).await.expect("new"));
        assert!(!tx.see_once("mail:1", at(1)).await.expect("known"));
        assert_eq!(
            tx.claim_key("api:k", "h1", at(0)).await.expect("claimed"),
            Claimed::New
        );
        tx.answer_key("api:k", "{\"number\":1}")
            .await
            .expect("kept");
        assert_eq!(
            tx.claim_key("api:k", "h1", at(1)).await.expect("claimed"),
            Claimed::Before("{\"number\":1}".to_owned())
        );
        assert_eq!(
            tx.claim_key("api:k", "h2", at(1)).await.expect("claimed"),
            Claimed::Other
        );
        assert_eq!(tx.count_up("x").await.expect("counted"), 1);
        assert_eq!(tx.count_up("x").await.expect("counted"), 2);
        let secret = tx.secret("links", at(0)).await.expect("a secret");
        assert_eq!(
            (
                secret.len(),
                tx.secret("links", at(9)).await.expect("the same")
            ),
            (64, secret)
        );
        assert!(
            tx.claim_job("tidy", "one", at(0), 60_000)
                .await
                .expect("asked")
        );
        assert!(
            !tx.claim_job("tidy", "two", at(59), 60_000)
                .await
                .expect("asked")
        );
        assert!(
            tx.claim_job("tidy", "one", at(59), 60_000)
                .await
                .expect("kept")
        );
        tx.finish_job("tidy", "one", at(60)).await.expect("done");
        assert!(
            tx.claim_job("tidy", "two", at(61), 60_000)
                .await
                .expect("free")
        );
        assert_eq!(
            tx.job_finished_at("tidy").await.expect("read"),
            Some(at(60))
        );
        assert_eq!(
            tx.note_failure("login:a", at(0), 60_000)
                .await
                .expect("noted"),
            1
        );
        assert_eq!(
            tx.note_failure("login:a", at(30), 60_000)
                .await
                .expect("noted"),
            2
        );
        assert_eq!(
            tx.note_failure("login:a", at(120), 60_000)
                .await
                .expect("noted"),
            1
        );
        assert_eq!(
            tx.failures("login:a").await.expect("read"),
            Some((1, at(120)))
        );
    });
}

#[test]
fn the_same_key_at_the_same_time_makes_one_case() {
    in_both(|store| async move {
        let ask = || {
            let store = store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.expect("a transaction");
                let claimed = tx.claim_key("api:same", "h", at(0)).await.expect("claimed");
                if claimed == Claimed::New {
                    let number = tx.count_up("made").await.expect("counted");
                    tx.answer_key("api:same", &number.to_string())
                        .await
                        .expect("kept");
                }
                tx.commit().await.expect("durable");
                claimed
            })
        };
        let asked = [ask(), ask(), ask(), ask(), ask()];
        let mut new = 0;
        for ask in asked {
            match ask.await.expect("done") {
                Claimed::New => new += 1,
                other => assert_eq!(other, Claimed::Before("1".to_owned())),
            }
        }
        assert_eq!(new, 1);
    });
}

#[test]
fn people_and_accounts_have_one_row_an_address() {
    in_both(|store| async move {
        let mut tx = store.begin().await.expect("a transaction");
        let name = PersonName::parse("李雷").expect("a name");
        let first = tx
            .person_for(&email("Li@example.com"), Some(&name), Lang::ZhCn, at(0))
            .await
            .expect("a person");
        let again = tx
            .person_for(&email("li@EXAMPLE.com"), None, Lang::En, at(9))
            .await
            .expect("the person");
        assert_eq!(
            (first.id, again.name, again.lang),
            (again.id, Some(name), Lang::En)
        );
        let mut account = agent("wang", 0);
        tx.save_account(&mut account).await.expect("kept");
        assert!(
            tx.set_password_hash(account.id, "$argon2id$…")
                .await
                .expect("set")
        );
        tx.commit().await.expect("durable");
        let mut tx = store.begin().await.expect("a transaction");
        let double = tx
            .save_account(&mut Account {
                id: AccountId::generate(at(1)),
                ..agent("WANG", 1)
            })
            .await;
        assert_eq!(double.expect_err("taken").fault(), Fault::Constraint);
        drop(tx);
        let mut tx = store.begin().await.expect("a transaction");
        let (found, hash) = tx
            .account_by_email(&email("wang@desk.example.com"))
            .await
            .expect("read")
            .expect("there");
        assert_eq!((found, hash.as_str()), (account.clone(), "$argon2id$…"));
        let token = Store::new_token().expect("a token");
        let session = Session {
            account: account.id,
            created_at: at(0),
            seen_at: at(0),
            expires_at: at(100),
            browser: "Firefox, Linux".to_owned(),
            network: "203.0.*.*".to_owned(),
            way: kb::model::account::Way::Password,
            said: String::new(),
        };
        tx.add_session(token.hash(), &session).await.expect("kept");
        assert_eq!(
            tx.session(token.hash(), at(99)).await.expect("read"),
            Some(session)
        );
        assert_eq!(tx.session(token.hash(), at(100)).await.expect("read"), None);
        tx.end_sessions_of(account.id, None).await.expect("ended");
        assert_eq!(tx.session(token.hash(), at(1)).await.expect("read"), None);
    });
}

#[test]
fn links_open_a_case_until_they_end() {
    in_both(|store| async move {
        let case = opened(&store, "li@example.com", 0).await;
        let [one, two, wrong] = [(); 3].map(|()| Store::new_token().expect("a token"));
        let mut tx = store.begin().await.expect("a transaction");
        for token in [&one, &two] {
            tx.add_link(case.id, token.hash(), at(0))
                .await
                .expect("kept");
            assert_eq!(
                tx.case_of_link(token.hash(), at(1)).await.expect("read"),
                Some(case.id)
            );
        }
        assert_eq!(
            tx.case_of_link(wrong.hash(), at(1)).await.expect("read"),
            None
        );
        tx.expire_links(case.id, Some(at(50))).await.expect("set");
        assert_eq!(
            tx.case_of_link(one.hash(), at(51)).await.expect("read"),
            None
        );
        tx.expire_links(case.id, None).await.expect("set");
        assert_eq!(
            tx.case_of_link(one.hash(), at(51)).await.expect("read"),
            Some(case.id)
        );
        tx.remove_links(case.id).await.expect("removed");
        assert_eq!(
            tx.case_of_link(two.hash(), at(51)).await.expect("read"),
            None
        );
    });
}

#[test]
fn questions_answers_and_votes_are_counted() {
    in_both(|store| async move {
        let mut tx = store.begin().await.expect("a transaction");
        let mut question = Question {
            id: QuestionId::generate(at(0)),
            number: 0,
            shown: Shown::Published,
            audience: Audience::PUBLIC,
            title: "打印机不工作怎么办？".to_owned(),
            text: String::new(),
            lang: Lang::ZhCn,
            category: "打印/喷墨".to_owned(),
            tags: vec!["打印".to_owned()],
            products: vec![],
            wordings: vec!["打印机没反应".to_owned()],
            asker: None,
            byline: "李先生".to_owned(),
            case: None,
            accepted: None,
            answers: 0,
            votes: 0,
            created_at: at(0),
            updated_at: at(0),
            published_at: Some(at(0)),
            version: 0,
        };
        tx.save_question(&mut question).await.expect("kept");
        assert_eq!((question.number, question.version), (1, 1));
        let answer = |shown, seconds| Answer {
            id: AnswerId::generate(at(seconds)),
            question: question.id,
            shown,
            author: Author::Customer(None),
            byline: String::new(),
            text: "重启。".to_owned(),
            votes: 0,
            created_at: at(seconds),
            updated_at: at(seconds),
        };
        let (shown, mut waiting) = (answer(Shown::Published, 1), answer(Shown::Waiting, 2));
        tx.save_answer(&shown).await.expect("kept");
        tx.save_answer(&waiting).await.expect("kept");
        let open = QuestionFilter {
            open: true,
            ..QuestionFilter::default()
        };
        assert_eq!(tx.count_questions(&open).await.expect("read"), 0);
        assert_eq!(
            tx.question_by_number(1)
                .await
                .expect("read")
                .map(|q| q.answers),
            Some(1)
        );
        assert_eq!(
            tx.answers_to_review(9).await.expect("read"),
            vec![waiting.clone()]
        );
        waiting.shown = Shown::Published;
        tx.save_answer(&waiting).await.expect("kept");
        let vote = |subject, voter: &str, helpful| Vote {
            subject,
            voter: voter.to_owned(),
            helpful,
            at: at(3),
        };
        let subject = Subject::Answer(waiting.id);
        assert!(
            tx.vote(&vote(subject.clone(), "v1", true))
                .await
                .expect("counted")
        );
        assert!(
            !tx.vote(&vote(subject.clone(), "v1", true))
                .await
                .expect("known")
        );
        assert!(
            tx.vote(&vote(subject.clone(), "v2", true))
                .await
                .expect("counted")
        );
        assert!(
            tx.vote(&vote(subject.clone(), "v2", false))
                .await
                .expect("changed")
        );
        assert_eq!(tx.votes(&subject).await.expect("read"), (1, 1));
        assert!(tx.unvote(&subject, "v2").await.expect("taken back"));
        assert_eq!(tx.vote_of(&subject, "v1").await.expect("read"), Some(true));
        tx.vote(&vote(Subject::Question(question.id), "v1", true))
            .await
            .expect("counted");
        tx.vote(&vote(Subject::Article("a/b".to_owned()), "v1", false))
            .await
            .expect("counted");
        let answers = tx
            .answers(question.id, Some(Shown::Published))
            .await
            .expect("read");
        assert_eq!(
            answers.iter().map(|a| (a.id, a.votes)).collect::<Vec<_>>(),
            [(waiting.id, 1), (shown.id, 0)]
        );
        let internal = Question {
            id: QuestionId::generate(at(5)),
            audience: Audience::from_rank(2),
            version: 0,
            created_at: at(5),
            ..question.clone()
        };
        tx.save_question(&mut internal.clone()).await.expect("kept");
        let public = QuestionFilter {
            shown: Some(Shown::Published),
            viewer: Some(Audience::PUBLIC),
            ..QuestionFilter::default()
        };
        let listed = tx
            .questions(&public, QuestionOrder::Helpful, 0, 9)
            .await
            .expect("read");
        assert_eq!(
            listed
                .iter()
                .map(|q| (q.number, q.votes, q.answers))
                .collect::<Vec<_>>(),
            [(1, 1, 2)]
        );
        for (asked, found) in [("打印", 1), ("打", 0), ("打印/激光", 0)] {
            let within = QuestionFilter {
                category: asked.to_owned(),
                ..public.clone()
            };
            let counted = tx.count_questions(&within).await.expect("read");
            assert_eq!(counted, found, "{asked}");
        }
        assert_eq!(tx.published_after(1, 9).await.expect("read").len(), 1);
        let stale = tx
            .save_question(&mut question)
            .await
            .expect_err("answers changed it");
        assert_eq!(stale.fault(), Fault::Stale);
    });
}

#[test]
fn changes_are_heard_in_the_order_of_commits() {
    in_both(|store| async move {
        let mut heard = store.heard();
        let from = store
            .read()
            .await
            .expect("a reader")
            .last_change()
            .await
            .expect("read");
        let case = opened(&store, "li@example.com", 0).await;
        heard.changed().await.expect("woken");
        let writers = (0..8).map(|i| {
            let store = store.clone();
            let id = case.id;
            tokio::spawn(async move {
                let mut tx = store.begin().await.expect("a transaction");
                let present = Present {
                    who: format!("w{i}"),
                    name: "王".to_owned(),
                    role: Role::Agent,
                    writing: true,
                    seen_at: at(i),
                };
                tx.note_presence(id, &present).await.expect("noted");
                tx.commit().await.expect("durable");
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.expect("done");
        }
        let mut read = store.read().await.expect("a reader");
        let changes = read
            .changes_after(from, 100)
            .await
            .expect("read")
            .expect("nothing missed");
        let seqs: Vec<i64> = changes.iter().map(|change| change.seq).collect();
        assert_eq!(seqs, (from + 1..=from + 9).collect::<Vec<_>>());
        assert_eq!(
            (changes[0].topic, changes[8].topic),
            (Topic::Case, Topic::Presence)
        );
        assert_eq!(read.present(case.id, at(4)).await.expect("read").len(), 4);
        assert_eq!(*store.heard().borrow(), from + 9);
        assert_eq!(
            read.changes_after(from + 9, 9).await.expect("read"),
            Some(vec![])
        );
    });
}

fn kept_for() -> Tidy {
    Tidy {
        visits: 30,
        sent: 60,
        readings: 180,
        unconfirmed: 3,
        audit: 0,
    }
}

#[test]
fn what_has_expired_is_removed_and_nothing_else() {
    in_both(|store| async move {
        let case = opened(&store, "li@example.com", 0).await;
        let mut tx = store.begin().await.expect("a transaction");
        let mut kept = Visit::new(VisitId::generate(at(0)), Lang::ZhCn, at(0));
        kept.searched("打印机 红灯", 0, false, at(1));
        kept.solved("/a/打印机", at(2));
        kept.case = Some(case.id);
        let gone = Visit::new(VisitId::generate(at(0)), Lang::ZhCn, at(0));
        tx.save_visit(&kept).await.expect("kept");
        tx.save_visit(&kept).await.expect("again");
        tx.save_visit(&gone).await.expect("kept");
        tx.see_once("mail:1", at(0)).await.expect("new");
        tx.send(&outgoing("m", "", 0)).await.expect("kept");
        tx.commit().await.expect("durable");
        let later = at(0) + SignedDuration::from_hours(24 * 31);
        assert_eq!(store.tidy(later, kept_for()).await.expect("tidied"), 1);
        let mut read = store.read().await.expect("a reader");
        assert_eq!(read.visit(kept.id).await.expect("read"), Some(kept));
        assert_eq!(read.visit(gone.id).await.expect("read"), None);
        assert!(read.was_seen("mail:1").await.expect("read"));
        assert_eq!(read.outbox(None, None, 9).await.expect("read").len(), 1);
        assert!(read.case(case.id).await.expect("read").is_some());
    });
}

#[test]
fn drafts_and_canned_answers_are_kept() {
    in_both(|store| async move {
        let case = opened(&store, "li@example.com", 0).await;
        let mut tx = store.begin().await.expect("a transaction");
        let mut colleague = agent("wang", 0);
        tx.save_account(&mut colleague).await.expect("kept");
        tx.save_draft(case.id, colleague.id, "您好", at(1))
            .await
            .expect("kept");
        tx.save_draft(case.id, colleague.id, "您好，", at(2))
            .await
            .expect("kept");
        let draft = tx
            .draft(case.id, colleague.id)
            .await
            .expect("read")
            .expect("there");
        assert_eq!((draft.text.as_str(), draft.updated_at), ("您好，", at(2)));
        tx.save_draft(case.id, colleague.id, "", at(3))
            .await
            .expect("removed");
        assert_eq!(tx.draft(case.id, colleague.id).await.expect("read"), None);
        let duty = tx.on_duty(&slug("support")).await.expect("read");
        assert_eq!(duty.len(), 1);
        assert_eq!(tx.on_duty(&slug("billing")).await.expect("read"), vec![]);
        let number = CaseNumber::parse("KB-2611-0001").expect("a number");
        assert_eq!(
            tx.case_by_number(&number)
                .await
                .expect("read")
                .map(|c| c.id),
            Some(case.id)
        );
    });
}

#[test]
fn a_lease_is_kept_given_back_and_what_came_back_is_dead() {
    in_both(|store| async move {
        let mut tx = store.begin().await.expect("a transaction");
        for name in ["a", "b", "c"] {
            assert!(tx.send(&outgoing(name, "", 1)).await.expect("kept"));
        }
        let claimed = tx.claim_outbox(Channel::Mail, at(10), 60_000, 9).await;
        let claimed = claimed.expect("claimed");
        let ids: Vec<_> = claimed.iter().map(|entry| entry.what.id).collect();
        tx.keep_lease(ids[0], at(60), 60_000).await.expect("kept");
        tx.put_back(ids[1], at(20)).await.expect("put back");
        tx.commit().await.expect("durable");
        let mut tx = store.begin().await.expect("a transaction");
        let again = tx.claim_outbox(Channel::Mail, at(75), 60_000, 9).await;
        let again: BTreeMap<_, _> = again
            .expect("claimed")
            .iter()
            .map(|entry| (entry.what.id, entry.attempts))
            .collect();
        assert_eq!(again, BTreeMap::from([(ids[1], 1), (ids[2], 2)]));
        tx.mark_sent(ids[0], at(80)).await.expect("sent");
        let sent = tx.outbox_entry(ids[0]).await.expect("read");
        assert_eq!(sent.expect("there").what.payload, "", "it is forgotten");
        tx.mark_failed(ids[1], "connecting: refused", Some(at(9_000)), at(80))
            .await
            .expect("later");
        tx.mark_failed(ids[2], "451 later", Some(at(9_000)), at(80))
            .await
            .expect("later");
        let hastened = tx.hasten(Channel::Mail, "connecting", at(90)).await;
        assert_eq!(hastened.expect("hastened"), 1);
        assert_eq!(
            tx.next_due(Channel::Mail, at(90)).await.expect("read"),
            Some(at(90))
        );
        let returned = tx.mark_returned(ids[0], "550\r\nno", at(95)).await;
        assert!(returned.expect("returned"));
        assert!(!tx.mark_returned(ids[1], "no", at(95)).await.expect("read"));
        let backlog = tx.outbox_backlog().await.expect("read");
        let counts: Vec<_> = backlog
            .iter()
            .map(|count| (count.delivery.as_str(), count.count))
            .collect();
        assert_eq!(counts, [("dead", 1), ("pending", 2)]);
        assert_eq!(tx.revive(None, at(99)).await.expect("read"), 0);
    });
}

#[test]
fn of_a_crowd_of_visitors_most_are_refused_at_once_and_the_desk_stands_behind_none_of_them() {
    in_both(|store| async move {
        let visitors = store.for_visitors();
        let first = visitors.begin().await.expect("the first");
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let crowd: Vec<_> = (0..200)
            .map(|_| {
                let (visitors, tell) = (visitors.clone(), tell.clone());
                tokio::spawn(async move {
                    let begun = visitors.begin().await;
                    if let Err(refused) = &begun {
                        let _ = tell.send(refused.fault());
                    }
                    begun
                })
            })
            .collect();
        for _ in 0..137 {
            assert_eq!(told.recv().await, Some(Fault::Unavailable));
        }
        assert!(told.try_recv().is_err(), "64 may write or wait");
        let desk = tokio::spawn({
            let store = store.clone();
            async move { store.begin().await?.commit().await }
        });
        drop(first);
        for visitor in &crowd {
            visitor.abort();
        }
        for visitor in crowd {
            drop(visitor.await);
        }
        desk.await
            .expect("no panic")
            .expect("the desk waits and is served");
        let after = visitors.begin().await.expect("places are given back");
        after.commit().await.expect("kept");
    });
}

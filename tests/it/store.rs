//! Does the store keep its promises, in both databases alike?

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
    QuestionFilter, QuestionOrder, Store, Topic,
};
use std::collections::BTreeSet;
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

//! Are published questions found beside the articles, and only as long as they are published?

use crate::sync::Folder;
use jiff::Timestamp;
use kb::clock::Clock;
use kb::error::{Error, Result};
use kb::model::{Article, ArticleId, Audience, CategoryPath, Kind, Lang, Part, Status};
use kb::sync::{Follower, ListedQuestion, Opened, Questions, open_or_build};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// By name: version, title, answer.
type Rows = BTreeMap<String, (u64, String, String)>;

/// Questions in memory. `None` stands for a store that cannot be reached.
#[derive(Debug, Default)]
struct Forum(Mutex<Option<Rows>>);

impl Forum {
    fn open() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(BTreeMap::new()))))
    }

    fn publish(&self, name: &str, version: u64, title: &str, answer: &str) {
        let mut all = self.0.lock().expect("no panic");
        let row = (version, title.to_owned(), answer.to_owned());
        all.as_mut().expect("open").insert(name.to_owned(), row);
    }

    fn take_back(&self, name: &str) {
        let mut all = self.0.lock().expect("no panic");
        all.as_mut().expect("open").remove(name);
    }

    fn close(&self) {
        *self.0.lock().expect("no panic") = None;
    }

    fn rows(&self) -> Result<Rows> {
        let all = self.0.lock().expect("no panic").clone();
        all.ok_or_else(|| Error::new(kb::error::Code::Unavailable, "the store is away"))
    }
}

impl Questions for Forum {
    fn list(&self) -> Result<Vec<ListedQuestion>> {
        let listed = |(name, row): (&String, &(u64, String, String))| ListedQuestion {
            id: ArticleId::of_question(name).expect("an id"),
            version: row.0,
        };
        Ok(self.rows()?.iter().map(listed).collect())
    }

    fn read(&self, id: &ArticleId) -> Result<Option<Article>> {
        let rows = self.rows()?;
        let row = id.question().and_then(|name| rows.get(name));
        Ok(row.map(|(_, title, answer)| question(id, title, answer)))
    }
}

fn question(id: &ArticleId, title: &str, answer: &str) -> Article {
    Article {
        id: id.clone(),
        path: id.to_string(),
        title: title.to_owned(),
        similar: Vec::new(),
        tags: Vec::new(),
        audience: Audience::PUBLIC,
        answer: None,
        lang: Lang::ZhCn,
        products: Vec::new(),
        pinned: Vec::new(),
        related: Vec::new(),
        owner: None,
        review_by: None,
        publish_at: None,
        expire_at: None,
        status: Status::Published,
        aliases: Vec::new(),
        category: CategoryPath::new("账号"),
        order: None,
        updated: Timestamp::UNIX_EPOCH,
        extra: BTreeMap::new(),
        parts: vec![Part {
            audience: Audience::PUBLIC,
            markdown: answer.to_owned(),
        }],
    }
}

fn open(folder: &Folder, forum: Option<&Arc<Forum>>) -> Opened {
    let forum = forum.map(|forum| Arc::clone(forum) as Arc<dyn Questions>);
    let sources = folder.sources().with_questions(forum);
    open_or_build(&sources, &folder.generations(), &Clock::System, &mut |_| ()).expect("it opens")
}

fn titles(opened: &Opened) -> Vec<String> {
    let heads = opened.snapshot.whole().heads();
    let mut titles: Vec<String> = heads.map(|head| head.title.clone()).collect();
    titles.sort();
    titles
}

#[test]
fn a_published_question_is_found_until_it_is_taken_back() {
    let folder = Folder::new();
    folder.article("账号/password.md", "忘记密码怎么办", "", "重设。");
    let forum = Forum::open();
    assert_eq!(titles(&open(&folder, Some(&forum))), ["忘记密码怎么办"]);
    forum.publish("1", 1, "密码错了三次", "等一小时。![x](secret.png)");
    folder.write("账号/secret.png", "not for all");
    let opened = open(&folder, Some(&forum));
    assert_eq!(titles(&opened), ["密码错了三次", "忘记密码怎么办"]);
    let view = opened.snapshot.whole();
    let listed = view.in_category(&CategoryPath::new("账号"));
    assert!(listed.iter().all(|head| head.id.kind() == Kind::Article));
    assert_eq!(view.newest(9).len(), 1);
    assert!(!view.has_file("账号/secret.png") && !view.has_file("q/secret.png"));
    forum.publish("1", 2, "密码错了五次", "等一天。");
    assert_eq!(
        titles(&open(&folder, Some(&forum))),
        ["密码错了五次", "忘记密码怎么办"]
    );
    forum.take_back("1");
    assert_eq!(titles(&open(&folder, Some(&forum))), ["忘记密码怎么办"]);
}

#[test]
fn questions_stay_while_their_store_is_away() {
    let folder = Folder::new();
    folder.article("a.md", "甲", "", "甲");
    let forum = Forum::open();
    forum.publish("1", 1, "乙", "乙");
    open(&folder, Some(&forum));
    forum.close();
    folder.article("c.md", "丙", "", "丙");
    assert_eq!(titles(&open(&folder, Some(&forum))), ["丙", "乙", "甲"]);
    assert_eq!(titles(&open(&folder, None)), ["丙", "乙", "甲"]);
    // Even when everything is built anew.
    let sources = folder.sources().with_questions(Some(forum));
    let again = kb::sync::reindex(&sources, &folder.generations(), &folder.clock, &mut |_| ());
    assert_eq!(titles(&again.expect("it builds")), ["丙", "乙", "甲"]);
}

#[test]
fn a_server_follows_its_questions_through_changed_settings() {
    let folder = Folder::new();
    folder.article("a.md", "甲", "", "甲");
    let forum = Forum::open();
    let locations = kb::config::Locations::find(
        &kb::config::Options {
            kb: Some(folder.root()),
            ..Default::default()
        },
        &kb::config::Environment::default(),
    );
    let sources = folder
        .sources()
        .with_questions(Some(Arc::clone(&forum) as Arc<dyn Questions>));
    let opened = open(&folder, Some(&forum));
    let mut follower = Follower::new(
        locations,
        sources,
        folder.generations(),
        folder.clock.clone(),
        opened,
    );
    follower.step();
    let schema = folder
        .root()
        .parent()
        .expect("a folder")
        .join("schema.toml");
    std::fs::write(schema, "[analysis]\npinyin = false\n").expect("written");
    forum.publish("1", 1, "乙", "乙");
    let update = follower.step().expect("news");
    assert_eq!(update.snapshot.whole().len(), 2);
}

#[test]
fn no_file_takes_the_place_of_a_question() {
    let folder = Folder::new();
    folder.article("q/1.md", "我是文章", "", "文章");
    folder.article("x.md", "我也是", "id = \"q/2\"", "文章");
    let opened = open(&folder, None);
    assert_eq!(titles(&opened), Vec::<String>::new());
    let said: Vec<&str> = opened
        .report
        .problems
        .iter()
        .map(|p| p.message.as_str())
        .collect();
    assert_eq!(said.len(), 2);
    assert!(
        said.iter().all(|message| message.contains("`q/`")),
        "{said:?}"
    );
}

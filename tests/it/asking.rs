//! How do tests ask? What the tests of questions and cases share: a help centre, its form, and what was kept of it all.

use crate::harness::{Kb, Response, Server};
use crate::smtp_sink::Received;
use kb::model::case::Case;
use kb::model::outbox::Entry;
use kb::model::visit::Visit;
use kb::model::{CaseId, Email, VisitId};
use kb::store::{Location, Read, Store};
use scraper::{Html, Selector};

/// A help centre that people may ask at once, and as often as they like.
pub(crate) const QUICK: &str = "[ask]\nmin_seconds = 0\nproof = 0\n";

/// A help centre with an article.
pub(crate) fn site(config: &str) -> Server {
    let kb = Kb::new()
        .write(
            "kb/账号/forgot.md",
            "+++\ntitle = \"忘记密码怎么办？\"\nproducts = [\"app\"]\n+++\n在登录页点忘记密码。\n",
        )
        .article("怎么申请退款？", "在订单页点退款。")
        .config(config);
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    server
}

/// The page.
pub(crate) fn page(response: &Response) -> Html {
    Html::parse_document(&response.text())
}

/// The values of an attribute of all that match.
pub(crate) fn attributes(html: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    let found = html
        .select(&selector)
        .filter_map(|node| node.value().attr(name));
    found.map(str::to_owned).collect()
}

/// The texts of all that match.
pub(crate) fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    html.select(&selector)
        .map(|node| node.text().collect::<String>())
        .collect()
}

/// The stamp of a fresh form.
pub(crate) fn stamp(server: &Server) -> String {
    let html = page(&server.get("/ask").status(200));
    attributes(&html, "#ask input[name=stamp]", "value").concat()
}

/// Asks by the form; returns the path of the case's page.
pub(crate) fn ask(server: &Server, email: &str, text: &str) -> String {
    let stamp = stamp(server);
    let sent = server
        .post(
            "/ask",
            &[("stamp", &stamp), ("email", email), ("text", text)],
        )
        .status(303);
    let place = sent.header("location").to_owned();
    place.split('?').next().unwrap_or_default().to_owned()
}

/// The mails that became files, in the order in which they were made.
pub(crate) fn letters(kb: &Kb) -> Vec<Received> {
    let Ok(folder) = std::fs::read_dir(kb.path(".kb/mail")) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = folder.map(|file| file.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "eml"));
    paths.sort();
    let read = paths.iter().map(|path| Received {
        from: String::new(),
        to: Vec::new(),
        data: std::fs::read_to_string(path).expect("a mail"),
    });
    read.collect()
}

/// Waits until so many mails to an address became files, and returns them.
#[track_caller]
pub(crate) fn letters_to(server: &Server, address: &str, count: usize) -> Vec<Received> {
    server.eventually("the mails are written", |server| {
        let mut found = letters(server.kb());
        found.retain(|mail| mail.header("To").contains(address));
        (found.len() >= count).then_some(found)
    })
}

/// What was kept, read beside the server.
pub(crate) struct Kept {
    runtime: tokio::runtime::Runtime,
    store: Store,
}

impl Kept {
    pub(crate) fn of(server: &Server) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let location = Location::within(&server.kb().path(".kb"));
        let store = runtime
            .block_on(Store::open(&location))
            .expect("the store opens");
        Self { runtime, store }
    }

    /// Reads.
    pub(crate) fn read<T>(&self, what: impl AsyncFnOnce(&mut Read) -> T) -> T {
        self.runtime.block_on(async {
            let mut read = self.store.read().await.expect("a connection");
            what(&mut read).await
        })
    }

    /// The cases of an address, the latest first.
    pub(crate) fn cases(&self, email: &str) -> Vec<Case> {
        let email = Email::parse(email).expect("an address");
        self.read(
            async |read| match read.person_by_email(&email).await.expect("read") {
                Some(person) => read.cases_of(person.id, 100).await.expect("read"),
                None => Vec::new(),
            },
        )
    }

    /// The only case of an address.
    #[track_caller]
    pub(crate) fn case(&self, email: &str) -> Case {
        let cases = self.cases(email);
        assert_eq!(cases.len(), 1, "{cases:?}");
        cases.into_iter().next().expect("one")
    }

    /// A visit.
    pub(crate) fn visit(&self, id: &str) -> Option<Visit> {
        let id = VisitId::parse(id).expect("an id");
        self.read(async |read| read.visit(id).await.expect("read"))
    }

    /// What is to be sent about a case.
    pub(crate) fn outbox(&self, case: CaseId) -> Vec<Entry> {
        self.read(async |read| read.outbox_of(case).await.expect("read"))
    }
}

//! Does the index hold what the folder holds, after whatever happened to the folder?

use kb::clock::Clock;
use kb::config::Schema;
use kb::index::{Generations, Snapshot};
use kb::model::{Article, ArticleId, Audience};
use kb::sync::{Opened, Sources, open_or_build, reindex};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A folder of articles with its index, handled as the program does, but step by step.
pub(crate) struct Folder {
    temporary: TempDir,
    pub(crate) clock: Clock,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(temporary.path().join("kb")).expect("kb/");
        Self {
            temporary,
            clock: Clock::System,
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.temporary.path().join("kb")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.temporary.path().join(".kb")
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
        std::fs::write(file, text).expect("a file");
    }

    pub(crate) fn article(&self, path: &str, title: &str, more: &str, body: &str) {
        self.write(
            path,
            format!("+++\ntitle = \"{title}\"\n{more}\n+++\n{body}\n"),
        );
    }

    pub(crate) fn delete(&self, path: &str) {
        std::fs::remove_file(self.root().join(path)).expect("it was there");
    }

    pub(crate) fn sources(&self) -> Sources {
        Sources::new(&self.root(), Arc::new(Schema::default())).expect("good sources")
    }

    pub(crate) fn generations(&self) -> Generations {
        Generations::new(&self.data())
    }

    pub(crate) fn open(&self) -> Opened {
        self.try_open().expect("it opens")
    }

    pub(crate) fn try_open(&self) -> kb::error::Result<Opened> {
        open_or_build(
            &self.sources(),
            &self.generations(),
            &self.clock,
            &mut |_| (),
        )
    }

    pub(crate) fn reindex(&self) -> Opened {
        reindex(
            &self.sources(),
            &self.generations(),
            &self.clock,
            &mut |_| (),
        )
        .expect("it builds")
    }

    /// What a build from nothing, elsewhere, would show.
    fn fresh(&self) -> Opened {
        let elsewhere = tempfile::tempdir().expect("a folder");
        let generations = Generations::new(elsewhere.path());
        reindex(&self.sources(), &generations, &self.clock, &mut |_| ()).expect("it builds")
    }
}

pub(crate) fn audiences() -> Vec<Audience> {
    Schema::default().audiences.all().collect()
}

pub(crate) fn ids(snapshot: &Snapshot, audience: Audience) -> Vec<String> {
    let heads = snapshot.view(audience).heads();
    heads.map(|head| head.id.to_string()).collect()
}

/// Everything that readers of each audience can see, as text.
pub(crate) fn visible(snapshot: &Snapshot) -> String {
    let mut out = String::new();
    for audience in audiences() {
        let view = snapshot.view(audience);
        out += &format!("{audience:?}: {} {:#?}\n", view.len(), view.categories());
        for head in view.heads() {
            let document = view.document(&head.id).expect("readable").expect("there");
            out += &format!("{head:#?}\n{document:#?}\n");
            assert_eq!(view.head_at(&head.path), Some(head));
        }
        for category in view.categories() {
            let listed = view.in_category(&category.path);
            let ids: Vec<&ArticleId> = listed.iter().map(|head| &head.id).collect();
            out += &format!(
                "{} {ids:?} {}\n",
                category.path,
                view.count_within(&category.path)
            );
        }
        let newest: Vec<&ArticleId> = view.newest(100).iter().map(|head| &head.id).collect();
        out += &format!("{newest:?}\n");
    }
    out
}

fn article(snapshot: &Snapshot, id: &str) -> Option<Article> {
    let id = ArticleId::parse(id).expect("an id");
    snapshot
        .view(Audience::PUBLIC)
        .article(&id)
        .expect("readable")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

#[test]
fn what_is_in_the_folder_is_in_the_index() {
    let kb = Folder::new();
    kb.article(
        "账号/忘记密码.md",
        "忘记密码怎么办？",
        "tags = [\"账号\"]",
        "点“忘记密码”。\n\n![图](a.png)",
    );
    kb.article(
        "退款.md",
        "如何退款？",
        "aliases = [\"/old\"]",
        "三天到账。",
    );
    kb.write("账号/_index.md", "+++\ntitle = \"账号与登录\"\n+++\n");
    let opened = kb.open();
    let view = opened.snapshot.view(Audience::PUBLIC);
    assert_eq!((view.len(), opened.report.added), (2, 3));
    assert!(view.has_file("账号/a.png") && !view.has_file("a.png"));
    assert_eq!(view.moved("/old").map(|h| h.id.as_str()), Some("退款"));
    assert_eq!(view.categories()[0].title, "账号与登录");
    let document = view.document(&ArticleId::parse("账号/忘记密码").expect("an id"));
    let document = document.expect("readable").expect("there");
    assert_eq!(document.category_titles, ["账号与登录"]);
    assert_eq!(visible(&opened.snapshot), visible(&kb.fresh().snapshot));
}

#[test]
fn an_index_that_is_up_to_date_is_only_loaded() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    let first = kb.open();
    let second = kb.open();
    assert_eq!(first.snapshot.generation(), second.snapshot.generation());
    assert!(second.report.looked_at.is_empty());
    assert_eq!(visible(&first.snapshot), visible(&second.snapshot));
}

#[test]
fn changed_added_moved_and_removed_files_are_counted_and_applied() {
    let kb = Folder::new();
    for name in ["a", "b", "c", "d"] {
        kb.article(&format!("{name}.md"), name, "", &format!("文 {name}"));
    }
    kb.open();
    kb.article("a.md", "a 改", "", "更长的文");
    kb.article("e.md", "e", "", "文");
    std::fs::rename(kb.root().join("b.md"), kb.root().join("f.md")).expect("renames");
    kb.delete("c.md");
    let opened = kb.open();
    let report = &opened.report;
    let counts = (report.changed, report.added, report.moved, report.removed);
    assert_eq!(counts, (1, 1, 1, 1));
    assert_eq!(
        ids(&opened.snapshot, Audience::PUBLIC),
        ["a", "d", "e", "f"]
    );
    assert_eq!(visible(&opened.snapshot), visible(&kb.fresh().snapshot));
}

#[test]
fn f15_a_broken_article_keeps_its_last_good_version_through_a_rebuild_too() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "好的文");
    kb.article("b.md", "乙", "", "文");
    kb.open();
    kb.write("a.md", "+++\ntitle = \"甲\n+++\n坏的文\n");
    let opened = kb.open();
    assert_eq!(opened.report.broken, 1);
    assert!(opened.report.problems.iter().any(|p| p.path == "a.md"));
    let shown = article(&opened.snapshot, "a").expect("still shown");
    assert!(shown.markdown().contains("好的文"));
    let rebuilt = kb.reindex();
    let shown = article(&rebuilt.snapshot, "a").expect("still shown");
    assert!(shown.markdown().contains("好的文") && rebuilt.report.broken == 1);
    kb.article("a.md", "甲", "", "改好的文");
    let opened = kb.open();
    let shown = article(&opened.snapshot, "a").expect("shown");
    assert!(shown.markdown().contains("改好的文") && opened.report.broken == 0);
}

#[test]
fn an_article_withdrawn_with_a_misspelt_value_is_hidden_at_once_and_stays_hidden() {
    for value in [
        "audience = \"intern\"",
        "status = \"archved\"",
        "publish_at = \"next year\"",
        "expire_at = \"yesterday\"",
        "status = \"archived\"\nid = \"a b//c\"",
    ] {
        let kb = Folder::new();
        kb.article("a.md", "甲", "", "公开的文");
        kb.open();
        kb.article("a.md", "甲", value, "公开的文");
        for opened in [kb.open(), kb.open(), kb.reindex()] {
            assert_eq!(opened.snapshot.whole().len(), 0, "{value}");
        }
        kb.write("a.md", "+++\ntitle = \"甲\n+++\n");
        assert!(article(&kb.open().snapshot, "a").is_none(), "{value}");
    }
}

#[test]
fn an_article_withdrawn_in_a_head_that_cannot_be_parsed_is_hidden_and_stays_hidden() {
    for line in [
        "audience = intern",
        "status = archived",
        "draft = yes",
        "expire_at = yesterday",
    ] {
        let kb = Folder::new();
        kb.article("a.md", "甲", "", "公开的文");
        kb.write("c/_index.md", "+++\ntitle = \"丙\"\n+++\n");
        kb.article("c/b.md", "乙", "", "公开的文");
        kb.open();
        kb.write("a.md", format!("+++\ntitle = \"甲\"\n{line}\n+++\n文"));
        kb.write("c/_index.md", "+++\ntitle = \"丙\"\naudience = intern\n+++");
        for opened in [kb.open(), kb.open(), kb.reindex()] {
            assert!(article(&opened.snapshot, "a").is_none(), "{line}");
            assert!(ids(&opened.snapshot, Audience::PUBLIC).is_empty(), "{line}");
        }
        kb.article("a.md", "甲", "", "公开的文");
        assert!(article(&kb.open().snapshot, "a").is_some(), "{line}");
    }
}

#[test]
fn a_file_seen_while_an_editor_saves_it_keeps_its_last_good_version() {
    for half in [
        "",
        "\u{feff}\n\n",
        "\0\0\0\0",
        "+++\n+++\n",
        "+++\ntitle = \"甲",
    ] {
        let kb = Folder::new();
        kb.article("a.md", "甲", "", "好的文");
        kb.write(
            "c/_index.md",
            "+++\ntitle = \"丙\"\naudience = \"internal\"\n+++\n",
        );
        kb.article("c/b.md", "乙", "", "内部的文");
        kb.open();
        kb.write("a.md", half);
        kb.write("c/_index.md", half);
        for opened in [kb.open(), kb.open(), kb.reindex()] {
            let shown = article(&opened.snapshot, "a").expect("still shown");
            assert!(shown.markdown().contains("好的文"), "{half:?}");
            assert_eq!(ids(&opened.snapshot, Audience::PUBLIC), ["a"], "{half:?}");
        }
    }
    let kb = Folder::new();
    kb.write("a.md", "");
    let opened = kb.open();
    assert_eq!(opened.report.problems[0].code, "KB009");
    assert_eq!(opened.snapshot.whole().len(), 0);
}

/// Keeps a folder from being read: by its rights, or, for who may read all, by a link in a circle in its place.
#[cfg(unix)]
fn veil(folder: &Path, by_rights: bool) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    if by_rights {
        let none = std::fs::Permissions::from_mode(0o000);
        return std::fs::set_permissions(folder, none).expect("rights");
    }
    std::fs::rename(folder, folder.with_file_name(".away")).expect("moved");
    symlink(folder, folder).expect("a link");
}

#[cfg(unix)]
fn unveil(folder: &Path, by_rights: bool) {
    use std::os::unix::fs::PermissionsExt;
    if by_rights {
        let all = std::fs::Permissions::from_mode(0o755);
        return std::fs::set_permissions(folder, all).expect("rights");
    }
    std::fs::remove_file(folder).expect("the link");
    std::fs::rename(folder.with_file_name(".away"), folder).expect("moved");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_keeps_its_articles_and_is_reported() {
    for by_rights in [true, false] {
        let kb = Folder::new();
        kb.write("c/_index.md", "+++\ntitle = \"丙\"\n+++\n");
        kb.article("c/a.md", "甲", "", "文");
        kb.article("c/b.md", "乙", "audience = \"internal\"", "文");
        kb.article("d.md", "丁", "", "文");
        let before = visible(&kb.open().snapshot);
        let folder = kb.root().join("c");
        veil(&folder, by_rights);
        // Rights mean nothing to some users.
        let effective = std::fs::read_dir(&folder).is_err();
        for opened in [kb.open(), kb.open(), kb.reindex()] {
            assert!(
                visible(&opened.snapshot) == before,
                "by rights: {by_rights}"
            );
            assert_eq!(opened.report.broken > 0, effective);
        }
        kb.article("d.md", "丁二", "", "文");
        assert!(ids(&kb.open().snapshot, Audience::PUBLIC).contains(&"c/a".to_owned()));
        unveil(&folder, by_rights);
        let opened = kb.open();
        assert_eq!(opened.report.broken, 0);
        assert_eq!(visible(&opened.snapshot), visible(&kb.fresh().snapshot));
        std::fs::remove_dir_all(&folder).expect("gone");
        assert_eq!(ids(&kb.open().snapshot, Audience::PUBLIC), ["d"]);
    }
}

#[test]
fn a_category_withdrawn_with_a_misspelt_value_is_hidden_and_keeps_its_title() {
    for value in [
        "audience = \"intern\"",
        "audience = \"internal\"\norder = \"x\"",
    ] {
        let kb = Folder::new();
        kb.write("c/_index.md", "+++\ntitle = \"好名\"\n+++\n");
        kb.article("c/a.md", "甲", "", "文");
        kb.open();
        kb.write(
            "c/_index.md",
            format!("+++\ntitle = \"好名\"\n{value}\n+++\n"),
        );
        for opened in [kb.open(), kb.reindex()] {
            assert!(
                ids(&opened.snapshot, Audience::PUBLIC).is_empty(),
                "{value}"
            );
            let view = opened.snapshot.whole();
            assert_eq!(view.categories()[0].title, "好名");
        }
    }
}

#[test]
fn a_broken_category_keeps_its_title_and_its_readers() {
    let kb = Folder::new();
    kb.write("c/_index.md", "+++\ntitle = \"好名\"\n+++\n");
    kb.article("c/a.md", "甲", "", "文");
    kb.open();
    kb.write("c/_index.md", "+++\ntitle = \"坏\n+++\n");
    kb.article("c/a.md", "甲", "", "新的文");
    for opened in [kb.open(), kb.reindex()] {
        let view = opened.snapshot.view(Audience::PUBLIC);
        assert_eq!(view.categories()[0].title, "好名");
        assert!(article(&opened.snapshot, "c/a").is_some_and(|a| a.markdown().contains("新")));
        assert_eq!(opened.report.broken, 1);
    }
}

#[test]
fn of_two_files_with_one_id_the_first_is_shown_and_the_other_follows_it() {
    let kb = Folder::new();
    kb.article("m.md", "中", "id = \"x\"", "文");
    kb.open();
    kb.article("z.md", "后", "id = \"x\"", "文");
    let opened = kb.open();
    assert_eq!(article(&opened.snapshot, "x").expect("shown").title, "中");
    assert!(
        opened
            .report
            .problems
            .iter()
            .any(|p| p.path == "z.md" && p.code == "KB030")
    );
    kb.article("a.md", "先", "id = \"x\"", "文");
    let opened = kb.open();
    assert_eq!(article(&opened.snapshot, "x").expect("shown").title, "先");
    assert!(opened.report.problems.iter().any(|p| p.path == "m.md"));
    kb.delete("a.md");
    assert_eq!(
        article(&kb.open().snapshot, "x").expect("shown").title,
        "中"
    );
    kb.delete("m.md");
    assert_eq!(
        article(&kb.open().snapshot, "x").expect("shown").title,
        "后"
    );
    kb.delete("z.md");
    assert!(article(&kb.open().snapshot, "x").is_none());
}

#[test]
fn s15_an_article_or_a_category_made_internal_is_gone_at_once() {
    let kb = Folder::new();
    kb.article("c/a.md", "甲", "", "公开\n\n::: internal\n暗号\n:::\n");
    kb.article("c/b.md", "乙", "", "文");
    let all = audiences();
    let opened = kb.open();
    assert_eq!(ids(&opened.snapshot, all[0]).len(), 2);
    assert!(!visible_to(&opened.snapshot, all[0]).contains("暗号"));
    assert!(!visible_to(&opened.snapshot, all[1]).contains("暗号"));
    assert!(visible_to(&opened.snapshot, all[2]).contains("暗号"));
    kb.article("c/b.md", "乙", "audience = \"customer\"", "文");
    let opened = kb.open();
    assert_eq!(ids(&opened.snapshot, all[0]), ["c/a"]);
    assert_eq!(ids(&opened.snapshot, all[1]), ["c/a", "c/b"]);
    kb.write(
        "c/_index.md",
        "+++\ntitle = \"内\"\naudience = \"internal\"\n+++\n",
    );
    let opened = kb.open();
    assert!(ids(&opened.snapshot, all[1]).is_empty());
    assert!(opened.snapshot.view(all[1]).categories().is_empty());
    assert_eq!(ids(&opened.snapshot, all[2]).len(), 2);
    assert_eq!(visible(&opened.snapshot), visible(&kb.fresh().snapshot));
    kb.delete("c/_index.md");
    kb.article("c/a.md", "甲", "", "公开");
    kb.article("c/b.md", "乙", "", "文");
    let opened = kb.open();
    assert_eq!(ids(&opened.snapshot, all[0]).len(), 2);
    assert_eq!(visible(&opened.snapshot), visible(&kb.fresh().snapshot));
}

fn visible_to(snapshot: &Snapshot, audience: Audience) -> String {
    let view = snapshot.view(audience);
    let documents = view
        .heads()
        .map(|h| view.document(&h.id).expect("readable"));
    documents.map(|d| format!("{d:?}")).collect()
}

#[test]
fn articles_appear_and_disappear_at_their_time() {
    let kb = Folder::new();
    let at = |text: &str| text.parse().expect("an instant");
    let clock = Clock::fixed(at("2026-01-01T00:00:00Z"));
    let kb = Folder {
        clock: clock.clone(),
        ..kb
    };
    let times = "publish_at = 2026-02-01T00:00:00Z\nexpire_at = 2026-03-01T00:00:00Z";
    kb.article("a.md", "甲", times, "文");
    kb.article("draft.md", "稿", "status = \"draft\"", "文");
    let live = || ids(&kb.open().snapshot, Audience::PUBLIC).len();
    assert_eq!(live(), 0);
    clock.set(at("2026-02-01T00:00:00Z"));
    assert_eq!(live(), 1);
    clock.set(at("2026-02-28T23:59:59Z"));
    assert_eq!(live(), 1);
    clock.set(at("2026-03-01T00:00:00Z"));
    assert_eq!(live(), 0);
}

#[test]
fn a_change_that_size_and_time_do_not_show_is_seen() {
    let kb = Folder::new();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    for text in ["一", "二"] {
        kb.article("a.md", "甲", "", text);
        let file = std::fs::File::options()
            .write(true)
            .open(kb.root().join("a.md"));
        let set = file.and_then(|file| file.set_modified(later));
        set.expect("the time can be set");
        let shown = article(&kb.open().snapshot, "a").expect("shown");
        assert!(shown.markdown().contains(text));
    }
}

#[test]
fn without_a_folder_there_is_a_clear_error_and_the_index_stays() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    kb.open();
    std::fs::rename(kb.root(), kb.root().with_extension("away")).expect("renames");
    let error = kb.try_open().expect_err("no folder");
    assert_eq!(error.code(), kb::error::Code::NotFound);
    assert!(error.message().contains("kb") && error.help_text().is_some());
    assert!(
        kb.generations()
            .load(kb.sources().fingerprint(), None)
            .is_ok()
    );
}

/// What can happen to a file of a small folder.
#[derive(Debug, Clone)]
enum Step {
    Write(usize, String),
    Delete(usize),
    Move(usize, usize),
    Open,
}

const PATHS: [&str; 8] = [
    "a.md",
    "b.md",
    "c/a.md",
    "c/b.md",
    "c/d/e.md",
    "c/_index.md",
    "c/d/_index.md",
    "_index.md",
];

fn text() -> impl Strategy<Value = String> {
    let audience = prop_oneof![
        Just(""),
        Just("audience = \"customer\""),
        Just("audience = \"internal\"")
    ];
    let id = prop_oneof![Just(""), Just("id = \"x\""), Just("id = \"c/a\"")];
    let status = prop_oneof![4 => Just(""), 1 => Just("status = \"draft\"")];
    let title = prop_oneof![Just("忘记密码"), Just("如何退款"), Just("Two factors")];
    let block = prop_oneof![
        Just(""),
        Just("::: internal\n内部\n:::\n"),
        Just("::: customer\n客户\n:::\n")
    ];
    (title, audience, id, status, block, any::<u8>()).prop_map(
        |(title, audience, id, status, block, n)| {
            format!("+++\ntitle = \"{title}\"\n{audience}\n{id}\n{status}\n+++\n文 {n}\n\n{block}")
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PATHS.len(), text()).prop_map(|(at, text)| Step::Write(at, text)),
        2 => (0..PATHS.len()).prop_map(Step::Delete),
        1 => (0..PATHS.len(), 0..PATHS.len()).prop_map(|(from, to)| Step::Move(from, to)),
        3 => Just(Step::Open),
    ]
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(12))]
    #[test]
    fn whatever_the_order_of_changes_the_index_equals_a_fresh_build(
        steps in proptest::collection::vec(step(), 1..24)
    ) {
        let kb = Folder::new();
        for step in steps {
            match step {
                // A category has no id and no status.
                Step::Write(at, text) if PATHS[at].ends_with("_index.md") => {
                    let keeps = |line: &&str| !line.starts_with("id") && !line.starts_with("status");
                    let lines: Vec<&str> = text.lines().filter(keeps).collect();
                    kb.write(PATHS[at], lines.join("\n"));
                }
                Step::Write(at, text) => kb.write(PATHS[at], text),
                Step::Delete(at) => drop(std::fs::remove_file(kb.root().join(PATHS[at]))),
                Step::Move(from, to) => {
                    let both_articles = [from, to].iter().all(|at| !PATHS[*at].ends_with("_index.md"));
                    if both_articles && kb.root().join(PATHS[to]).parent().is_some_and(Path::exists) {
                        drop(std::fs::rename(kb.root().join(PATHS[from]), kb.root().join(PATHS[to])));
                    }
                }
                Step::Open => {
                    let opened = kb.open();
                    prop_assert_eq!(visible(&opened.snapshot), visible(&kb.fresh().snapshot));
                }
            }
        }
        prop_assert_eq!(visible(&kb.open().snapshot), visible(&kb.fresh().snapshot));
    }
}

#[test]
fn only_the_current_generation_is_left_on_the_disk() {
    let kb = Folder::new();
    for n in 0..3 {
        kb.article("a.md", "甲", "", &format!("文 {n}"));
        kb.open();
    }
    let folders = std::fs::read_dir(kb.data().join("index"))
        .expect("an index")
        .flatten();
    assert_eq!(folders.filter(|entry| entry.path().is_dir()).count(), 1);
    assert!(files(&kb.data()).len() > 5);
}

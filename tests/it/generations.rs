//! Is there always a whole index, whatever happens to the process and to the disk?

use crate::harness::Kb;
use crate::sync::{Folder, audiences, ids, visible};
use kb::error::Code;
use kb::index::{Generations, LoadError};
use kb::model::Audience;
use kb::sync::Follower;
use std::path::{Path, PathBuf};

/// A folder with articles for two audiences, indexed in two generations, so that there are segments of both.
fn indexed() -> Folder {
    let kb = Folder::new();
    for n in 0..20 {
        kb.article(
            &format!("c/{n}.md"),
            &format!("题 {n}"),
            "",
            &format!("文 {n}"),
        );
    }
    kb.article("内.md", "内部", "audience = \"customer\"", "文");
    kb.open();
    kb.article("c/3.md", "改过的题", "", "文");
    kb.delete("c/4.md");
    kb.open();
    kb
}

/// All files of the current generation, and `CURRENT`.
fn files_of_index(kb: &Folder) -> Vec<PathBuf> {
    let root = kb.data().join("index");
    let current = root.join(kb.generations().current().expect("there is one"));
    let mut files = vec![root.join("CURRENT")];
    let mut folders = vec![current];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("readable");
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 0x41;
    // Not in place: another generation may share the file.
    std::fs::remove_file(path).expect("removed");
    std::fs::write(path, bytes).expect("written");
}

fn truncate(path: &Path) {
    let bytes = std::fs::read(path).expect("readable");
    std::fs::remove_file(path).expect("removed");
    std::fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

#[test]
fn f08_whatever_happens_to_any_file_is_seen_and_the_index_rebuilt() {
    let kb = indexed();
    let wanted = visible(&kb.open().snapshot);
    type Damage<'a> = (&'a str, &'a dyn Fn(&Path));
    let damages: [Damage<'_>; 6] = [
        ("its first byte flipped", &|path| flip(path, 0)),
        ("a byte in the middle flipped", &|path| {
            flip(
                path,
                std::fs::metadata(path).expect("there").len() as usize / 2,
            );
        }),
        ("its last byte flipped", &|path| flip(path, usize::MAX)),
        ("cut in half", &truncate),
        ("emptied", &|path| {
            std::fs::write(path, "").expect("written")
        }),
        ("deleted", &|path| {
            std::fs::remove_file(path).expect("removed")
        }),
    ];
    let pristine = kb.data().with_extension("pristine");
    copy(&kb.data(), &pristine);
    let files = files_of_index(&kb);
    assert!(files.len() > 10, "only {} files", files.len());
    for (nth, path) in files.iter().enumerate() {
        for (how, (what, damage)) in damages.iter().enumerate() {
            std::fs::remove_dir_all(kb.data()).expect("removed");
            copy(&pristine, &kb.data());
            let before = std::fs::read(path).expect("readable");
            damage(path);
            let name = format!("{} {what}", path.display());
            // The line end after the name in CURRENT means nothing.
            let harmless =
                std::fs::read(path).is_ok_and(|now| now.trim_ascii() == before.trim_ascii());
            match kb.generations().load(kb.sources().fingerprint(), None) {
                Ok(_) => assert!(harmless, "{name}: loaded"),
                Err(LoadError::Corrupt(why)) => assert!(
                    why.contains(file_name(path)) || path.ends_with("CURRENT"),
                    "{name}: {why}"
                ),
                Err(LoadError::Missing) => assert!(path.ends_with("CURRENT"), "{name}"),
                Err(LoadError::Foreign) => assert_eq!(name, "", "taken for foreign"),
            }
            // To rebuild after each would take long.
            if how != nth % damages.len() {
                continue;
            }
            let opened = kb.open();
            assert_eq!(visible(&opened.snapshot), wanted, "{name}");
            let warned = opened.report.warnings.iter().any(|w| w.contains("rebuilt"));
            assert!(
                warned || harmless || path.ends_with("CURRENT"),
                "{name}: {:?}",
                opened.report.warnings
            );
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
}

#[test]
fn f08_garbage_beside_and_a_current_that_leads_elsewhere_are_never_followed() {
    let kb = indexed();
    let root = kb.data().join("index");
    std::fs::write(root.join("notes.txt"), "mine").expect("written");
    std::fs::create_dir(root.join("00000001-deadbeef")).expect("made");
    for bad in [
        "../../etc",
        "/etc/passwd",
        "00000001-deadbeef",
        "",
        "x\0y",
        "00000009-ffffffff",
    ] {
        std::fs::write(root.join("CURRENT"), bad).expect("written");
        let loaded = kb.generations().load(kb.sources().fingerprint(), None);
        assert!(matches!(loaded, Err(LoadError::Corrupt(_))), "{bad:?}");
        assert_eq!(
            ids(&kb.open().snapshot, Audience::PUBLIC).len(),
            19,
            "{bad:?}"
        );
    }
    assert!(root.join("notes.txt").exists() && !root.join("00000001-deadbeef").exists());
}

#[test]
fn f20_an_index_of_another_schema_is_rebuilt_with_a_warning() {
    let kb = indexed();
    let foreign = kb.generations().load("another fingerprint", None);
    assert!(matches!(foreign, Err(LoadError::Foreign)));
    let mut schema = kb::config::Schema::default();
    schema.analysis.variants = false;
    let sources = kb::sync::Sources::new(&kb.root(), schema.into()).expect("sources");
    let opened = kb::sync::open_or_build(&sources, &kb.generations(), &kb.clock, &mut |_| ());
    let opened = opened.expect("it opens");
    assert!(opened.report.warnings[0].contains("another schema"));
    assert_eq!(opened.snapshot.fingerprint(), sources.fingerprint());
}

#[test]
fn f08_an_index_damaged_while_it_is_served_is_written_anew_from_memory() {
    let kb = indexed();
    let opened = kb.open();
    let wanted = visible(&opened.snapshot);
    let locations = kb::config::Locations {
        kb: kb.root(),
        schema: None,
        config: None,
        entries: Vec::new(),
    };
    let mut follower = Follower::new(
        locations,
        kb.sources(),
        kb.generations(),
        kb.clock.clone(),
        opened,
    );
    follower.step();
    for file in files_of_index(&kb) {
        if !file.ends_with("CURRENT") {
            truncate(&file);
        }
    }
    assert_eq!(visible(&follower.update().snapshot), wanted);
    follower.verify();
    follower.step();
    let loaded = kb.generations().load(kb.sources().fingerprint(), None);
    assert_eq!(visible(&loaded.expect("whole again")), wanted);
    std::fs::remove_dir_all(kb.data()).expect("removed");
    follower.step();
    let loaded = kb.generations().load(kb.sources().fingerprint(), None);
    assert_eq!(visible(&loaded.expect("there again")), wanted);
}

#[test]
fn f07_a_data_directory_that_cannot_be_written_is_said_and_the_index_served_from_memory() {
    let kb = Folder::new();
    kb.article("a.md", "甲", "", "文");
    // A file where the folder should be refuses even the superuser, whom permissions do not.
    std::fs::write(kb.data(), "in the way").expect("written");
    let opened = kb.open();
    assert!(!opened.saved && opened.report.warnings[0].contains("index"));
    assert_eq!(ids(&opened.snapshot, Audience::PUBLIC), ["a"]);
    let sources = kb.sources();
    let refused = kb::sync::reindex(&sources, &kb.generations(), &kb.clock, &mut |_| ());
    let refused = refused.expect_err("nowhere to write");
    assert!(matches!(
        refused.code(),
        Code::Forbidden | Code::Unavailable
    ));
    assert!(
        refused
            .help_text()
            .is_some_and(|help| help.contains("data_dir"))
    );
}

#[cfg(unix)]
#[test]
fn what_is_unchanged_is_shared_between_generations_on_the_disk_and_in_memory() {
    let kb = Folder::new();
    for n in 0..100 {
        kb.article(&format!("c/{n}.md"), &format!("题 {n}"), "", "文");
    }
    use std::os::unix::fs::MetadataExt;
    let before = kb.open();
    let inodes = || -> Vec<(String, u64)> {
        let files = files_of_index(&kb).into_iter();
        let stores = files.filter(|file| file.extension().is_some_and(|e| e == "store"));
        let inode = |file: &PathBuf| std::fs::metadata(file).expect("there").ino();
        stores
            .map(|f| (file_name(&f).to_owned(), inode(&f)))
            .collect()
    };
    let old = inodes();
    kb.article("c/5.md", "又改", "", "文");
    kb.open();
    let new = inodes();
    assert!(new.len() == old.len() + 1 && old.iter().all(|file| new.contains(file)));
    let all = audiences();
    let id = kb::model::ArticleId::parse("c/7").expect("an id");
    let known = Some(&*before.snapshot);
    let after = kb.generations().load(kb.sources().fingerprint(), known);
    let after = after.expect("it loads");
    let head = |s: &kb::index::Snapshot| s.view(all[0]).head(&id).map(std::ptr::from_ref);
    assert_eq!(
        head(&before.snapshot),
        head(&after),
        "the head is one in memory"
    );
}

#[test]
fn f19_a_second_reindex_is_told_which_process_has_the_index() {
    let kb = Kb::new().article("甲", "文");
    let lock = Generations::new(&kb.path(".kb")).lock().expect("free");
    let me = format!("process {}", std::process::id());
    let run = kb.run(["reindex"]).code(2);
    let _ = run.stderr_has(&me);
    drop(lock);
    kb.run(["reindex"]).code(0);
}

//! Where does a test get a small disk? A tmpfs in a mount namespace of the server's own: nothing of it is left when the server ends,
//! however it ends.

use crate::harness::{Kb, Server};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// A server whose data directory is a disk of its own.
pub(crate) struct OnDisk {
    pub(crate) server: Server,
}

/// The words that start a shell which may mount.
fn shell() -> Vec<&'static str> {
    let id = Command::new("id")
        .arg("-u")
        .output()
        .expect("id can be asked");
    match id.stdout.trim_ascii() {
        b"0" => vec!["unshare", "-m", "sh"],
        _ => vec!["unshare", "-rm", "sh"],
    }
}

impl OnDisk {
    /// Starts a server on a tmpfs with these options, as in `size=8m`.
    #[track_caller]
    pub(crate) fn serve(kb: &Kb, options: &str) -> Self {
        Self::serve_after(kb, options, "true")
    }

    /// The same, after a shell has done something there.
    #[track_caller]
    pub(crate) fn serve_after(kb: &Kb, options: &str, before: &str) -> Self {
        let allowed = Command::new(shell()[0])
            .args(&shell()[1..])
            .args(["-c", "mount -t tmpfs tmpfs /mnt"])
            .output();
        assert!(
            allowed.as_ref().is_ok_and(|done| done.status.success()),
            "nothing can be mounted in a namespace of one's own: {allowed:?}\nhelp: apt-get install util-linux, and run this as \
             root or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)"
        );
        std::fs::create_dir_all(kb.path(".kb")).expect("a folder");
        let mount = format!("mount -t tmpfs -o {options} tmpfs .kb || exit 9; {before}");
        let server = kb.serve_within(&shell(), &mount);
        Self { server }
    }

    /// A path below the data directory, as it is seen from outside of the namespace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let data = self.server.kb().path(".kb");
        let data = data.to_string_lossy();
        PathBuf::from(format!("/proc/{}/root{data}/{name}", self.server.pid()))
    }

    /// Writes until there is no space left.
    pub(crate) fn fill(&self) {
        let mut file = std::fs::File::create(self.path("filler")).expect("a file");
        for size in [65_536, 4_096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Makes files until there can be no more.
    pub(crate) fn fill_with_files(&self) {
        std::fs::create_dir(self.path("files")).expect("a folder");
        for n in 0..1_000_000 {
            if std::fs::write(self.path(&format!("files/{n}")), "").is_err() {
                return;
            }
        }
        unreachable!("the disk takes any number of files");
    }

    /// Frees what was filled.
    pub(crate) fn free(&self) {
        let _ = std::fs::remove_file(self.path("filler"));
        let _ = std::fs::remove_dir_all(self.path("files"));
    }

    /// Mounts the disk anew, as in `ro`.
    #[track_caller]
    pub(crate) fn remount(&self, how: &str) {
        let pid = self.server.pid().to_string();
        let data = self.server.kb().path(".kb");
        let user = match shell()[1] {
            "-m" => vec!["-m"],
            _ => vec!["-U", "--preserve-credentials", "-m"],
        };
        let done = Command::new("nsenter")
            .args(["-t", &pid])
            .args(user)
            .args(["mount", "-o", &format!("remount,{how}")])
            .arg(data)
            .output();
        assert!(
            done.as_ref().is_ok_and(|done| done.status.success()),
            "{done:?}"
        );
    }

    /// The generation that the disk has as the current one.
    pub(crate) fn current(&self) -> String {
        std::fs::read_to_string(self.path("index/CURRENT")).unwrap_or_default()
    }
}

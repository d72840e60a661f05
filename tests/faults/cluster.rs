//! What more can be done to a cluster of PostgreSQL, where it is there to be broken? It is copied, promoted, stopped in the middle of
//! what it does.

use crate::postgres::{Cluster, free_port};
use std::process::Command;

impl Cluster {
    /// A copy of it that follows it, on a port of its own, and takes writes when it is promoted.
    pub(crate) fn follower(&self) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("kb-pg")
            .tempdir_in("/tmp")
            .expect("a temporary folder");
        let follower = Self {
            folder,
            programs: self.programs.clone(),
            port: free_port(),
        };
        follower.give_away();
        let (data, from) = (follower.data(), format!("{}/postgres", self.url()));
        let data = data.to_str().expect("UTF-8");
        self.run(
            "pg_basebackup",
            &[
                "-D",
                data,
                "-d",
                &from,
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
        follower.up();
        follower
    }

    /// Takes writes from now on.
    pub(crate) fn promote(&self) {
        let data = self.data();
        let data = data.to_str().expect("UTF-8");
        self.run("pg_ctl", &["-D", data, "-w", "-t", "60", "promote"]);
    }

    /// Runs a statement in one of its databases.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> String {
        let done = Command::new("psql")
            .args(["-qAt", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(format!("{}/{database}", self.url()))
            .args(["-c", statement])
            .output()
            .expect("psql");
        assert!(done.status.success(), "{statement}: {done:?}");
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Sends all its processes a signal, as in `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let file = self.data().join("postmaster.pid");
        let text = std::fs::read_to_string(file).expect("it runs");
        let first: u32 = text
            .lines()
            .next()
            .and_then(|l| l.parse().ok())
            .expect("a number");
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"));
        let mut all = vec![first.to_string()];
        all.extend(
            children
                .expect("its children")
                .split_whitespace()
                .map(str::to_owned),
        );
        let _ = Command::new("kill").args(["-s", name]).args(&all).status();
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

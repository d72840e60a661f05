//! What does the manual page say? The same as `--help`, as `man` wants it.

use super::args::{Cli, Man};
use super::{Outcome, Terminal};
use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man as Page;
use std::io::Write;
use std::path::Path;

/// Prints the page of `kb`, or writes it and one for each command into a folder.
pub(super) fn run(args: &Man, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let mut command = Cli::command();
    command.build();
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder)
            .and_then(|()| write_pages(&command, folder))
            .with_context(|| format!("cannot write manual pages into {}", folder.display()))?;
        return Ok(Outcome::Fine);
    }
    let mut page = Vec::new();
    Page::new(command).render(&mut page)?;
    terminal.out().write_all(&page)?;
    Ok(Outcome::Fine)
}

fn write_pages(command: &clap::Command, folder: &Path) -> std::io::Result<()> {
    Page::new(command.clone()).generate_to(folder)?;
    for part in command
        .get_subcommands()
        .filter(|part| part.get_name() != "help")
    {
        Page::new(part.clone()).generate_to(folder)?;
    }
    Ok(())
}

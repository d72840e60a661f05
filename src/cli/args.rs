//! Which commands and options are there? Only their names, help texts and types; what they do stands in their own files.

pub(super) mod case;
pub(super) mod doctor;
pub(super) mod person;
pub(super) mod staff;
pub(super) mod token;
pub(super) mod user;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "kb",
    version,
    about = "A searchable FAQ and self-service knowledge base in one binary",
    long_about = "A searchable FAQ and self-service knowledge base in one binary: Markdown in, Chinese search out.\n\n\
                  Articles are Markdown files below kb/. `kb serve` indexes them and serves a help centre with search,\n\
                  pages, a JSON API and a box for other sites. `kb check` says what is wrong with them.",
    after_help = EXAMPLES,
    propagate_version = false,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// Where things are, and how much is said.
    #[command(flatten)]
    pub(super) global: Global,
}

const EXAMPLES: &str = "\
Examples:
  kb serve                          index ./kb and serve it on http://127.0.0.1:8080
  kb check                          say what is wrong with the articles
  kb search 忘记密码                search from the terminal
  kb new 如何申请退款 --category 订单   begin an article

Exit codes: 0 fine, 1 a negative result (problems found, figures got worse), 2 failure.
Settings: kb.toml, then KB_… variables, then options; `kb config` shows them with their origins.";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// The folder of articles [default: kb]
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Where things are"
    )]
    pub(super) kb: Option<PathBuf>,
    /// What articles look like and how they are searched [default: schema.toml beside kb/, else the built-in one]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Where things are"
    )]
    pub(super) schema: Option<PathBuf>,
    /// How it runs [default: kb.toml beside kb/, if there is one]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Where things are"
    )]
    pub(super) config: Option<PathBuf>,
    /// Where the index and what people wrote is kept [default: .kb beside kb/]
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Where things are"
    )]
    pub(super) data_dir: Option<PathBuf>,
    /// Say nothing but results and errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "What is said"
    )]
    pub(super) quiet: bool,
    /// Say more; twice for very much more
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "What is said")]
    pub(super) verbose: u8,
    /// Use colours; NO_COLOR turns them off as well
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        default_value = "auto",
        help_heading = "What is said"
    )]
    pub(super) color: When,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the help centre, and follow changes of the articles
    Serve(Serve),
    /// Build the index anew
    Reindex(Reindex),
    /// Say what is wrong with the articles
    Check(Check),
    /// Search from the terminal
    Search(Search),
    /// Begin an article from its title
    New(New),
    /// Make and change the accounts of the desk
    User(user::User),
    /// Sign a token that says who a customer is, for trying
    Token(token::Token),
    /// Make, list and end keys of programs that call the API
    Key(staff::Key),
    /// Show who did what
    Audit(staff::Audit),
    /// List, show and answer cases
    Case(case::Case),
    /// Show, hand out and erase what is kept of somebody
    Person(person::Person),
    /// Show what is to be sent, and try again what was given up
    Outbox(case::Outbox),
    /// Fill a fresh store with made-up cases, for a trial
    Demo(case::Demo),
    /// Take one mail from standard input: a reply, or a new question
    MailIn(MailIn),
    /// Measure how well questions find their articles
    Eval(Eval),
    /// Copy all that people wrote into one file, while kb serves
    Backup(Backup),
    /// Put a backup in the place of what is there
    Restore(Restore),
    /// Bring the database's tables up to date, or say whether they are
    Migrate(Migrate),
    /// Look whether everything that it needs is well
    Doctor(doctor::Doctor),
    /// Show the effective settings and where each comes from
    Config(Config),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man(Man),
}

/// `kb serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb serve
  kb serve --listen 0.0.0.0:80
  KB_BASE_URL=https://help.example.com kb serve --kb /srv/help/kb

When it is ready it prints `listening on http://ADDRESS` to stdout; the log goes to stderr.
SIGTERM and Ctrl+C let requests in flight finish.")]
pub(super) struct Serve {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
}

/// `kb reindex`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb reindex
  kb reindex --kb docs --data-dir /var/lib/kb

A running server notices the new index and swaps to it. A crash at any instant leaves the former index whole.")]
pub(super) struct Reindex {}

/// `kb check`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb check
  kb check --strict                  warnings fail as well
  kb check --format github           annotations in a pull request
  kb check --format sarif > kb.sarif
  kb check --explain KB012           what a code means and what to do

Exits with 0 and says nothing when all is well, 1 when errors were found (with --strict, warnings too), 2 when it could not look.")]
pub(super) struct Check {
    /// How problems are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: CheckFormat,
    /// Exit with 1 for warnings as well
    #[arg(long)]
    pub(super) strict: bool,
    /// Explain a code, as in KB012, and check nothing; without a code, list them all
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "")]
    pub(super) explain: Option<String>,
}

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people: the line, a caret under the place, and help
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Commands that GitHub shows as annotations
    Github,
}

/// `kb search`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb search 忘记密码
  kb search '\"退款\" -信用卡' --limit 3
  kb search 发票 --category 订单 --format json

Exits with 1 when nothing was found.")]
pub(super) struct Search {
    /// What to look for; \"退款\" is a phrase and -信用卡 excludes a word, both within quotes of the shell
    #[arg(required = true, value_name = "QUERY")]
    pub(super) query: Vec<String>,
    /// How many hits to show
    #[arg(
        short = 'n',
        long,
        value_name = "COUNT",
        default_value_t = 10,
        allow_negative_numbers = true
    )]
    pub(super) limit: usize,
    /// How many hits to pass over
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub(super) offset: usize,
    /// Only in this category or below; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(super) category: Vec<String>,
    /// Only with this tag; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(super) tag: Vec<String>,
    /// Only in this language: zh-CN, zh-TW or en; may be repeated
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Vec<String>,
    /// Only about this product; may be repeated
    #[arg(long, value_name = "PRODUCT")]
    pub(super) product: Vec<String>,
    /// Only with this value in a field of schema.toml, as in level=beginner; may be repeated
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(super) fields: Vec<String>,
    /// As somebody of this audience of schema.toml, as in customer [default: public]
    #[arg(long, value_name = "AUDIENCE")]
    pub(super) audience: Option<String>,
    /// Say why each hit was found
    #[arg(long)]
    pub(super) explain: bool,
    /// How hits are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// One JSON document
    Json,
}

/// `kb new`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb new 忘记密码怎么办？                    kb/wang-ji-mi-ma-zen-me-ban.md
  kb new 如何申请退款 --category order      kb/order/ru-he-shen-qing-tui-kuan.md
  kb new 'How do I reset it?' --dry-run     print the path, write nothing
  $EDITOR \"$(kb new 如何开发票)\"            write it at once

Prints the path of the new file. A file that is there already is never overwritten.")]
pub(super) struct New {
    /// The title: the question that it answers
    pub(super) title: String,
    /// The folder below kb/; it is made if it is not there
    #[arg(short, long, value_name = "PATH", default_value = "")]
    pub(super) category: String,
    /// The file name without .md, in place of the pinyin of the title
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Print the path and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// `kb mail-in`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb mail-in < message.eml
  kb --config /etc/kb/kb.toml mail-in     in a pipe of Postfix, Exim, OpenSMTPD or procmail

A reply to a mail of ours becomes a message of its case, another mail opens one; bounces and automatic replies are answered with
nothing. The same mail is taken once. The mail server decides by the exit code:
0 taken or passed over, 65 cannot be read (hand it back), 75 not now (keep it and try again).")]
pub(super) struct MailIn {}

/// `kb eval`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb eval                                          the queries of kb/golden.toml
  kb eval --queries q.tsv --qrels qrels.tsv        queries and judgements of your own
  kb eval --format json > before.json              keep the figures
  kb eval --baseline before.json                   exit with 1 when they got worse
  kb eval --without similar                        what the similar questions are worth
  kb eval --without pinyin,bigrams                 what both together are worth
  kb eval --ablation                               what each by itself is worth

Names for --without:
  fields    title, similar, tags, headings, answer, body
  terms     characters, bigrams, words, codes, stop-words
  ranking   likeness, exactness, title-likeness, question-words, negation, coverage, proximity
  wordings  synonyms, spelling, pinyin, meaning")]
pub(super) struct Eval {
    /// Queries, a line each: id, tab, text [default: golden.toml in kb/]
    #[arg(long, value_name = "FILE", requires = "qrels")]
    pub(super) queries: Option<PathBuf>,
    /// Which article answers which query, a line each: query id, tab, article id
    #[arg(long, value_name = "FILE", requires = "queries")]
    pub(super) qrels: Option<PathBuf>,
    /// Measure without these fields or features, separated by commas
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub(super) without: Vec<Without>,
    /// Measure without each field and feature in turn, and print what each is worth as a Markdown table
    #[arg(long, conflicts_with_all = ["without", "baseline", "format", "limit"])]
    pub(super) ablation: bool,
    /// Figures of an earlier run (--format json) to compare with
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// How many of the worst queries to show
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 10,
        allow_negative_numbers = true
    )]
    pub(super) limit: usize,
    /// How figures are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

/// What can be left out of the ranking: a field of articles, as in `[weights]` of schema.toml, or a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Without {
    Title,
    Similar,
    Tags,
    Headings,
    Answer,
    Body,
    Characters,
    Bigrams,
    Words,
    Codes,
    StopWords,
    Likeness,
    Exactness,
    TitleLikeness,
    QuestionWords,
    Negation,
    Coverage,
    Proximity,
    Synonyms,
    Spelling,
    Pinyin,
    Meaning,
}

/// `kb backup`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb backup /var/backups/kb.backup
  kb backup \"kb-$(date +%F).backup\"

Cases, questions, accounts and files, as they are at one instant; SQLite and PostgreSQL make the same kind of file. An earlier
file of that name is replaced when the new one is whole. Articles are files: back up kb/ with your other files.")]
pub(super) struct Backup {
    /// The file to write
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

/// `kb restore`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb restore /var/backups/kb.backup
  kb restore /var/backups/kb.backup --force      replace what is there; a former file is kept beside it

Stop kb first. The backup is checked to its last byte before anything is changed, and may come from either kind of database.")]
pub(super) struct Restore {
    /// The file that `kb backup` wrote
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Replace what is there
    #[arg(long)]
    pub(super) force: bool,
}

/// `kb migrate`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb migrate --check      exit with 1 when the tables are to be changed
  kb migrate

`kb serve` does it by itself. A database that a newer kb made is refused and left as it is.")]
pub(super) struct Migrate {
    /// Change nothing, only say
    #[arg(long)]
    pub(super) check: bool,
}

/// `kb config`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb config
  kb config --format json
  KB_LISTEN=0.0.0.0:80 kb config")]
pub(super) struct Config {
    /// How settings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

/// `kb completions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb completions bash > ~/.local/share/bash-completion/completions/kb
  kb completions zsh > ~/.zfunc/_kb
  kb completions fish > ~/.config/fish/completions/kb.fish")]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

/// `kb man`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kb man | man -l -
  kb man --out /usr/local/share/man/man1")]
pub(super) struct Man {
    /// Write a page for kb and one for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

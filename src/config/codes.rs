//! What kinds of problem can settings have? Each has a stable name, like those of articles.

/// A kind of problem in `schema.toml`, `kb.toml` or the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Syntax,
    Key,
    Value,
    Unreadable,
    Variable,
}

impl Code {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Syntax => "KB901",
            Self::Key => "KB902",
            Self::Value => "KB903",
            Self::Unreadable => "KB904",
            Self::Variable => "KB905",
        }
    }
}

/// Every code with a title and an explanation.
pub const CODES: [(&str, &str, &str); 6] = [
    (
        "KB901",
        "settings that are not TOML",
        "schema.toml and kb.toml are written in TOML (https://toml.io). The caret stands where it stops making sense;\n\
         often a quote or a bracket is missing on that line or before it.",
    ),
    (
        "KB902",
        "an unknown setting",
        "A key that nobody reads is almost always a slip, and would silently have no effect. Correct its name, or remove\n\
         it. `kb config` shows every setting; schema.toml as shipped explains its own.",
    ),
    (
        "KB903",
        "a setting with a value that makes no sense",
        "The value is of another kind than expected, out of range, or names a file that is not there. Variables\n\
         (KB_…) are held to the same rules as files.",
    ),
    (
        "KB904",
        "a settings file that cannot be read",
        "The file that an option or a variable names does not exist, may not be read, is not UTF-8, or is larger than\n\
         1 MiB.",
    ),
    (
        "KB905",
        "an unknown environment variable",
        "Every setting has a variable: KB_ and its path in capitals, as in KB_SERVER_LISTEN for server.listen. Short\n\
         names are KB_LISTEN, KB_BASE_URL and KB_LOG; KB_DIR, KB_SCHEMA and KB_CONFIG say where things are. A variable\n\
         that begins with KB_ and is none of these has no effect.",
    ),
    (
        "KB906",
        "a template of a mail that cannot be used",
        "The files of mail.templates_dir replace what mails say. Each is tried on every sort of content at the start; the\n\
         caret stands where one failed: a name that is not there, a bracket that is missing. The help centre of kb lists\n\
         what each mail holds. Without the file, the mail is written as kb ships it.",
    ),
];

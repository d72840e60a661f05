//! What kinds of problem are there? Each has a stable code, a severity, and an explanation for `kb check --explain`.

use crate::model::Severity;

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// Its stable name, as in `KB012`. A code is never reused for something else.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means, what `kb` does about it, and how to mend it.
    pub explanation: &'static str,
}

/// All kinds of problem that `kb check` reports, in the order of their codes.
pub fn codes() -> &'static [CodeInfo] {
    CODES
}

/// How bad a problem of this code is.
pub(super) fn severity(code: &str) -> Severity {
    CODES
        .iter()
        .find(|info| info.code == code)
        .map_or(Severity::Error, |info| info.severity)
}

macro_rules! codes {
    ($($name:ident = $code:literal $severity:ident $title:literal $explanation:literal;)*) => {
        $(pub(super) const $name: &str = $code;)*
        const CODES: &[CodeInfo] = &[$(CodeInfo {
            code: $code,
            severity: Severity::$severity,
            title: $title,
            explanation: $explanation,
        }),*];
    };
}

codes! {
    UNREADABLE = "KB001" Error "a file or folder cannot be read"
        "The operating system refuses to open it: often a matter of permissions, or the file vanished meanwhile. The last good version of the article stays in service. Make it readable for the user that runs `kb`.";
    BROKEN_TEXT = "KB002" Error "the text is broken"
        "The file is neither valid UTF-8 nor any other encoding that `kb` can tell. It is not shown, so that no garbled text reaches readers. Open it in an editor, repair the marked line, and save it as UTF-8.";
    NOT_UTF8 = "KB003" Warning "the file is not UTF-8"
        "GBK, GB18030, Big5 and UTF-16 are recognised and read, but the guess can be wrong, and other tools will show garbled text. Save the file as UTF-8.";
    BYTE_ORDER_MARK = "KB004" Warning "the file starts with a byte order mark"
        "Some editors on Windows write three invisible bytes before the text. `kb` skips them, other tools stumble. Save the file as “UTF-8” rather than “UTF-8 with BOM”.";
    TOO_LARGE = "KB005" Error "the file is over the limit"
        "Articles larger than `limits.article_bytes` of `schema.toml` are not read: a page of that size helps nobody and would slow everybody. Split the article, or raise the limit.";
    NOT_A_FILE = "KB006" Error "not a file within the knowledge base"
        "A link that leads out of the folder, a link that leads nowhere or in a circle, a pipe, a socket or a device is never opened. Put a copy of the real file there, or remove the entry.";
    CONTROL_CHARACTERS = "KB007" Warning "the text has control characters"
        "NUL and other control characters are invisible, break other tools, and are left out of the page. They often come from copying out of a terminal or a PDF. Delete them.";
    BAD_NAME = "KB008" Error "a file's name cannot be part of an address"
        "The name of a file becomes the article's address, so it must be valid UTF-8, at most 300 bytes with its folders, and without control characters, a backslash, or one of % ? # \" < > | * :. Rename the file, or give the article an `id`.";
    EMPTY_FILE = "KB009" Error "the file is empty"
        "It has neither a head nor text. Editors empty a file for a moment when they save it, so the last good version stays in service. Write the article, delete the file, or set `status = \"archived\"` in its front matter.";
    ENDLESS = "KB010" Error "the front matter never ends"
        "The first line opens front matter, but no later line consisting of the same three characters closes it. The article is not shown, since its settings, its audience among them, cannot be told from its text.";
    SYNTAX = "KB011" Error "the front matter cannot be read"
        "It breaks the rules of TOML (between `+++`) or YAML (between `---`). The article is not shown, since a setting such as its audience may be in what could not be read.";
    BAD_VALUE = "KB012" Error "not an allowed value"
        "The key takes one of a few values. An article whose `audience` or `status` cannot be understood is not shown to anybody; any other key is passed over.";
    UNKNOWN_KEY = "KB013" Warning "nobody knows this key"
        "The key is passed over. It is probably misspelt; a key of your own is declared under `[fields]` in `schema.toml`.";
    WRONG_TYPE = "KB014" Error "a value of the wrong type"
        "The key takes another type of value, such as a list instead of a text. An article whose `audience`, `status`, `publish_at` or `expire_at` cannot be understood is not shown to anybody; any other key is passed over.";
    NO_TITLE = "KB015" Warning "an article without a title"
        "There is neither a `title` in the front matter nor a heading in the text, so the name of the file is shown. Write the question that the article answers as its `title`.";
    BAD_ID = "KB016" Error "not an id"
        "An `id` is segments joined by `/`, without `.` and `..`, and without control characters or one of \\ % ? # \" < > | * :. The article is not shown.";
    BAD_DATE = "KB017" Error "not a date or time"
        "Days are written 2027-06-01, instants 2026-12-01T09:00:00+08:00. A day without a time begins at midnight UTC; `expire_at` with a day alone means that the article is shown until the end of that day.";
    BAD_ALIAS = "KB018" Warning "not an old address"
        "`aliases` lists former addresses on this site, each starting with `/`. This one is passed over.";
    TOO_MANY = "KB019" Warning "more entries than are kept"
        "A list in the front matter is longer than `schema.toml` allows (`limits.similar`) or than 1,000 entries. The rest is passed over.";
    UNCLOSED_BLOCK = "KB020" Error "a block is never closed"
        "A line `::: name` opens a block, and no line `:::` closes it. Everything to the end of the file stays in the block, so that nothing meant for few is shown to many.";
    UNKNOWN_BLOCK = "KB021" Error "nobody knows this kind of block"
        "The name after `:::` is neither an audience of `schema.toml` nor a call-out (tip, info, note, warning, caution, danger, important, details). Since it may be a misspelt audience, only the most privileged audience sees it.";
    STRAY_END = "KB022" Warning "nothing to close here"
        "A line `:::` closes a block, but none is open. The line is left out of the page.";
    UNCLOSED_CODE = "KB023" Warning "a code block is never closed"
        "The rest of the file, or of the list item or quote, becomes code. Blocks for an audience within it are honoured all the same, so that nothing leaks.";
    TOO_DEEP = "KB024" Error "too deeply nested"
        "Quotes, lists or HTML elements stand within each other more than 32 deep. Such a page would be slow to show, so its source is shown as plain text.";
    BLOCK_IN_ANSWER = "KB025" Error "a block in the front matter"
        "`answer` (or `summary`, `description`) is for all who may read the article, and a line `:::` in it would be shown as it stands, with what is meant for few. The value is passed over, and the first paragraph is shown instead. Move the block below the front matter.";
    DUPLICATE_ID = "KB030" Error "two articles have the same id"
        "An id is an address, and an address can show one article. The first one, by path, is kept; the other one is not shown.";
    DUPLICATE_TITLE = "KB031" Warning "two articles have the same title"
        "Readers cannot tell them apart in a list of results. Letter case, width, script and punctuation are ignored. Say in each title what it is about, or merge the articles.";
    SAME_QUESTION = "KB032" Warning "two articles claim the same question"
        "A similar question stands in two articles, or is the title of another one. Search cannot tell which one is meant. Leave it where the better answer is.";
    ALIAS_CLASH = "KB033" Warning "an old address that leads elsewhere"
        "The alias is the address of an article that exists, or another article has the same alias. The existing article wins, then the first by path.";
    UNKNOWN_RELATED = "KB034" Warning "a related article that does not exist"
        "`related` names articles by their ids, as in `account/change-phone`.";
    SAME_PIN = "KB035" Warning "two articles are pinned to the same query"
        "Only one article can come first. Leave the query in `pinned` of one of them.";
    REPEATED_QUESTION = "KB036" Note "a question is listed twice in one article"
        "A similar question equals the article's own title or another of its similar questions. It adds nothing.";
    NEAR_QUESTION = "KB037" Note "two articles ask nearly the same"
        "Their questions differ in a word or a mark, so a search for one finds both. Join the articles, or say in the titles what makes them differ.";
    DEAD_LINK = "KB040" Warning "a link leads nowhere"
        "There is no such file in the knowledge base. Readers see the text without a link.";
    DEAD_ANCHOR = "KB041" Warning "a link to a heading that is not there"
        "The page exists, but has no such place. Readers arrive at its top.";
    DEAD_FILE = "KB042" Warning "an image or file that is not there"
        "There is no such file in the knowledge base. Readers see the alternative text.";
    LINK_OUT = "KB043" Error "a link leads out of the knowledge base"
        "Only files below the knowledge base are ever served. Readers see the text without a link. Copy the file beside the article.";
    LINK_SCHEME = "KB044" Error "a link of a kind that is not allowed"
        "Links may start with https:, http:, mailto: or tel:. Others, such as javascript: or file:, could harm readers and are removed.";
    NO_ALT = "KB045" Warning "an image without a description"
        "Who cannot see the image, and every search, depends on its description: write it between the brackets, as in ![登录页](login.png).";
    LINK_HIDDEN = "KB046" Warning "a link to an article that its readers may not see"
        "The other article is a draft, archived, or for a higher audience. Its readers see the text without a link.";
    NO_ANSWER = "KB050" Warning "an article without an answer"
        "The article has no text below its title (for its own audience), and no `answer`. Write one, or set `status = \"draft\"`.";
    LONG_TITLE = "KB051" Warning "a title too long for a phone"
        "Titles longer than `limits.title_chars` of `schema.toml` are cut in lists. Ask the question in fewer words, and keep other wordings in `similar`.";
    EXPIRED = "KB052" Warning "an article has expired"
        "Its `expire_at` is past, so nobody sees it. Renew it, set `status = \"archived\"`, or delete it.";
    REVIEW_DUE = "KB053" Warning "an article is past its review"
        "Its `review_by` is past. Look at it again: is it still true? Then move the date.";
    TIMES_CROSSED = "KB054" Warning "an article that expires before it is published"
        "Its `expire_at` is not after its `publish_at`, so it is never shown.";
    MIXED_WIDTH = "KB055" Note "half-width punctuation in Chinese text"
        "A comma, question mark, exclamation mark, colon or semicolon between Chinese characters is written full-width: ，？！：；";
    EMPTY_FOLDER = "KB056" Note "a category without articles"
        "The folder has an `_index.md`, but no article in it or below it. It is not shown until there is one.";
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_ascend_and_explain_themselves() {
        assert!(codes().is_sorted_by(|a, b| a.code < b.code));
        for info in codes() {
            assert!(
                info.code.len() == 5 && info.code.starts_with("KB"),
                "{}",
                info.code
            );
            assert!(
                !info.title.is_empty() && info.explanation.ends_with(['.', ':', '；', ')']),
                "{}",
                info.code
            );
        }
    }
}

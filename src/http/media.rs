//! Of what kind is a file? Decided by its name only; a browser is told never to guess.

/// The media type of a file by the ending of its name; bytes to download when it is not known.
pub(super) fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "woff2" => "font/woff2",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Whether a browser shows the file in a window of its own; others are offered for download.
pub(super) fn is_shown(path: &str) -> bool {
    let kind = content_type(path);
    is_played(path) || kind.starts_with("image/") || kind.starts_with("text/plain")
}

/// Whether the browser brings its own player for the file, which a sandbox would keep from working.
pub(super) fn is_played(path: &str) -> bool {
    let kind = content_type(path);
    kind == "application/pdf" || kind.starts_with("video/") || kind.starts_with("audio/")
}

/// Whether a media type is text, which becomes much smaller when it is compressed. A stream of events is not: compressing would
/// hold them back.
pub(super) fn is_text(kind: &str) -> bool {
    if kind.starts_with("text/event-stream") {
        return false;
    }
    let texts = [
        "text/",
        "application/json",
        "application/problem+json",
        "application/xml",
        "application/atom+xml",
        "application/manifest+json",
        "application/opensearchdescription+xml",
        "image/svg+xml",
    ];
    texts.iter().any(|text| kind.starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::{content_type, is_shown};

    #[test]
    fn a_page_or_script_beside_an_article_is_only_ever_offered_for_download() {
        for path in ["a.html", "a.xhtml", "a.js", "a.xml", "a", "a.png.html"] {
            assert!(!is_shown(path), "{path}");
        }
        assert!(is_shown("图/登录.PNG") && is_shown("a.pdf"));
        assert_eq!(content_type("a.html"), "application/octet-stream");
    }
}

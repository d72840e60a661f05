//! Which files are taken? By their bytes and not by what they are called; pictures are opened once to see that they are such.

use super::zip;
use crate::config::Uploads;
use crate::model::case::FileName;
use image::{ImageFormat, ImageReader, Limits};
use std::fmt;
use std::io::Cursor;

/// The most pixels of a picture.
const MAX_PIXELS: u64 = 40_000_000;
/// The longest side of a picture, in pixels.
const MAX_SIDE: u32 = 20_000;
/// The most memory that opening a picture may take, in bytes.
const MAX_PICTURE_BYTES: u64 = 256 << 20;

/// Pictures that are shown; all else is offered for saving.
const PICTURES: [(&str, ImageFormat); 4] = [
    ("image/png", ImageFormat::Png),
    ("image/jpeg", ImageFormat::Jpeg),
    ("image/gif", ImageFormat::Gif),
    ("image/webp", ImageFormat::WebP),
];

/// A file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What it is called.
    pub name: FileName,
    /// What its bytes showed.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadFault {
    /// It has no name that can be shown.
    Nameless,
    /// There is nothing in it.
    Empty(FileName),
    /// It is too large; how many MiB are taken.
    TooLarge(FileName, u64),
    /// It is something else than its name says.
    Lies(FileName),
    /// It is a program, or a picture or archive that would harm who opens it.
    Harmful(FileName),
    /// There are too many; how many are taken.
    TooMany(usize),
    /// All files of the case together are too large; how many MiB are taken.
    CaseFull(u64),
    /// There is no room for files at present.
    NoRoom,
}

impl fmt::Display for UploadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nameless => f.write_str("a file has no name"),
            Self::Empty(name) => write!(f, "{name} is empty"),
            Self::TooLarge(name, mib) => write!(f, "{name} is larger than {mib} MiB"),
            Self::Lies(name) => write!(f, "{name} is not what its name says"),
            Self::Harmful(name) => write!(f, "{name} is of a kind that is not taken"),
            Self::TooMany(most) => write!(f, "at most {most} files are taken at once"),
            Self::CaseFull(mib) => write!(f, "the files of a case take at most {mib} MiB together"),
            Self::NoRoom => f.write_str("no files are taken at present"),
        }
    }
}

impl std::error::Error for UploadFault {}

impl Upload {
    /// Looks at a file. Takes as long and as much memory (up to 256 MiB) as opening a picture; call it off the async threads, one
    /// at a time.
    ///
    /// # Errors
    /// [`UploadFault`] says why it is not taken.
    pub fn inspect(name: &str, bytes: Vec<u8>, limits: &Uploads) -> Result<Self, UploadFault> {
        let name = FileName::parse(name).map_err(|_| UploadFault::Nameless)?;
        if bytes.is_empty() {
            return Err(UploadFault::Empty(name));
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.file_mib << 20 {
            return Err(UploadFault::TooLarge(name, limits.file_mib));
        }
        let media_type = media_type_of(&bytes);
        if claims(&name).is_some_and(|claimed| !claimed.contains(&media_type)) {
            return Err(UploadFault::Lies(name));
        }
        if !is_taken(&name, media_type, &bytes) {
            return Err(UploadFault::Harmful(name));
        }
        Ok(Self {
            name,
            media_type,
            bytes,
        })
    }
}

/// Whether a browser may show a file of this type where it stands.
pub fn is_picture(media_type: &str) -> bool {
    PICTURES.iter().any(|(picture, _)| *picture == media_type)
}

/// What bytes show themselves to be. Texts have no marks of their own: what is UTF-8 without control characters is one.
fn media_type_of(bytes: &[u8]) -> &'static str {
    if let Some(found) = infer::get(bytes) {
        // HTML and XML are texts; browsers must not see more in them.
        return match found.mime_type() {
            "text/html" | "text/xml" => "text/plain",
            other => other,
        };
    }
    let is_text = std::str::from_utf8(bytes).is_ok_and(|text| {
        !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    });
    if is_text {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

/// The types that the ending of a name stands for, where it stands for any that a person would open without a thought.
fn claims(name: &FileName) -> Option<&'static [&'static str]> {
    const OFFICE: &[&str] = &[
        "application/zip",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ];
    let ending = name
        .as_str()
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    Some(match ending?.as_str() {
        "png" => &["image/png"],
        "jpg" | "jpeg" => &["image/jpeg"],
        "gif" => &["image/gif"],
        "webp" => &["image/webp"],
        "pdf" => &["application/pdf"],
        "docx" | "xlsx" | "pptx" => OFFICE,
        "zip" => &["application/zip"],
        "txt" | "log" | "csv" | "json" | "svg" | "html" | "htm" | "xml" => &["text/plain"],
        "mp4" => &["video/mp4", "video/x-m4v"],
        "mov" => &["video/quicktime", "video/mp4"],
        _ => return None,
    })
}

fn is_taken(name: &FileName, media_type: &str, bytes: &[u8]) -> bool {
    let ending = name
        .as_str()
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending);
    let runs = [
        "exe", "dll", "msi", "bat", "cmd", "com", "scr", "ps1", "vbs", "js", "jar", "apk", "sh",
        "lnk", "hta",
    ];
    if infer::is_app(bytes) || runs.iter().any(|run| ending.eq_ignore_ascii_case(run)) {
        return false;
    }
    let is_archive = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    if is_archive && !zip::is_harmless(bytes) {
        return false;
    }
    let picture = PICTURES.iter().find(|(picture, _)| *picture == media_type);
    picture.is_none_or(|(_, format)| opens(bytes, *format))
}

/// Whether a picture opens, within limits on its size and on memory.
fn opens(bytes: &[u8], format: ImageFormat) -> bool {
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let Ok((width, height)) = reader().into_dimensions() else {
        return false;
    };
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width.max(height) > MAX_SIDE {
        return false;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    let mut reader = reader();
    reader.limits(limits);
    reader.decode().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Upload, UploadFault};
    use crate::config::Uploads;
    use image::{DynamicImage, ImageFormat};
    use std::io::Cursor;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(4, 4)
            .write_to(&mut bytes, format)
            .expect("a picture");
        bytes.into_inner()
    }

    fn look(name: &str, bytes: &[u8]) -> Result<&'static str, String> {
        let limits = Uploads {
            file_mib: 1,
            ..Uploads::default()
        };
        let upload = Upload::inspect(name, bytes.to_vec(), &limits);
        upload
            .map(|upload| upload.media_type)
            .map_err(|fault| match fault {
                UploadFault::Lies(_) => "lies".to_owned(),
                UploadFault::Harmful(_) => "harmful".to_owned(),
                other => other.to_string(),
            })
    }

    #[test]
    fn s07_bytes_decide_and_not_names() {
        let png = picture(ImageFormat::Png);
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        let html = b"<!doctype html><script>alert(1)</script>";
        assert_eq!(look("a.png", &png), Ok("image/png"));
        assert_eq!(look("a", &png), Ok("image/png"));
        assert_eq!(look("a.jpg", &png), Err("lies".into()));
        assert_eq!(look("a.png", html), Err("lies".into()));
        assert_eq!(look("a.svg", svg), Ok("text/plain"));
        assert_eq!(look("a.html", html), Ok("text/plain"));
        assert_eq!(look("a.gif", b"GIF89a=1;alert(1)//"), Err("harmful".into()));
        assert_eq!(look("a.pdf", b"%PDF-1.7\n"), Ok("application/pdf"));
        assert_eq!(look("日志.log", "出错了\n".as_bytes()), Ok("text/plain"));
        assert_eq!(look("a.bin", &[0, 1, 2, 3]), Ok("application/octet-stream"));
        assert_eq!(look("setup.exe", b"MZ\x90\0"), Err("harmful".into()));
        assert_eq!(look("a.js", b"alert(1)"), Err("harmful".into()));
        assert_eq!(look("a.docx", b"PK\x03\x04 broken"), Err("harmful".into()));
        assert_eq!(look("a.txt", b""), Err("a.txt is empty".into()));
        assert_eq!(look("..", b"x"), Err("a file has no name".into()));
        assert_eq!(
            look("a.txt", &vec![b'a'; (1 << 20) + 1]),
            Err("a.txt is larger than 1 MiB".into())
        );
    }

    #[test]
    fn s46_a_picture_that_would_fill_the_memory_is_not_opened() {
        let mut png = picture(ImageFormat::Png);
        // Width and height of the header, with its checksum made anew.
        png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let checksum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(look("a.png", &png), Err("harmful".into()));
        let half = picture(ImageFormat::Jpeg);
        assert_eq!(
            look("a.jpg", &half[..half.len() / 2]),
            Err("harmful".into())
        );
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        })
    }
}

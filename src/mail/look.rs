//! Whose mails are these? Name, address and colours of the site, as templates see them.

use super::blocks::Paint;
use crate::config::{Colours, Texts};
use crate::model::Lang;
use minijinja::{Value, context};

/// Fonts that every system has, for Chinese first by name.
const FONTS: [&str; 2] = [
    "-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif",
    "-apple-system,'Segoe UI','PingFang TC','Microsoft JhengHei','Noto Sans CJK TC',sans-serif",
];

/// What mails show of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What the help centre is called, in each language; empty for the usual wording.
    pub name: Texts,
    /// Its public address.
    pub url: String,
    /// Its colours.
    pub colours: Colours,
    /// What points are called, in each language; empty for the usual wording.
    pub points: Texts,
    /// Whether replies to mails arrive, so that mails may say so.
    pub takes_replies: bool,
}

impl Look {
    pub(super) fn name(&self, lang: Lang) -> &str {
        self.name.get(lang).unwrap_or(match lang {
            Lang::ZhCn => "帮助中心",
            Lang::ZhTw => "說明中心",
            Lang::En => "Help Centre",
        })
    }

    fn points(&self, lang: Lang) -> &str {
        self.points.get(lang).unwrap_or(match lang {
            Lang::ZhCn => "积分",
            Lang::ZhTw => "點數",
            Lang::En => "points",
        })
    }

    pub(super) fn context(&self, lang: Lang) -> Value {
        let paint = self.paint();
        context! {
            name => self.name(lang),
            url => self.url.clone(),
            points => self.points(lang),
            accent => paint.accent,
            link => paint.link,
            link_dark => readable(&self.colours.accent_dark, "#7cb0ff", is_light),
            font => FONTS[usize::from(lang == Lang::ZhTw)],
        }
    }

    pub(super) fn paint(&self) -> Paint {
        let accent = colour(&self.colours.accent)
            .map_or_else(|| "#0b62d6".to_owned(), |_| self.colours.accent.clone());
        let is_dark_enough = |c: [u8; 3]| !is_light(c);
        Paint {
            on_accent: if colour(&accent).is_some_and(is_light) {
                "#000000"
            } else {
                "#ffffff"
            }
            .to_owned(),
            link: readable(&accent, "#0b62d6", is_dark_enough),
            accent,
        }
    }
}

/// `text` if it is a colour that can be read, else `or`.
fn readable(text: &str, or: &str, is_readable: fn([u8; 3]) -> bool) -> String {
    let fine = colour(text).is_some_and(is_readable);
    if fine { text } else { or }.to_owned()
}

/// Red, green and blue of `#rgb` or `#rrggbb`.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.is_ascii())?;
    let read = |part: &str| u8::from_str_radix(part, 16).ok();
    match digits.len() {
        3 => Some([
            read(&digits[..1])? * 17,
            read(&digits[1..2])? * 17,
            read(&digits[2..])? * 17,
        ]),
        6 => Some([
            read(&digits[..2])?,
            read(&digits[2..4])?,
            read(&digits[4..])?,
        ]),
        _ => None,
    }
}

/// Whether black reads better on it than white: its luminance after WCAG 2 is above the middle of both contrasts.
fn is_light(rgb: [u8; 3]) -> bool {
    let linear = |c: u8| (f32::from(c) / 255.0).powf(2.2);
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179
}

#[cfg(test)]
mod tests {
    use super::{Look, colour, is_light};
    use crate::config::{Colours, Texts};

    #[test]
    fn buttons_can_be_read() {
        for (accent, on_accent, link) in [
            ("#0b62d6", "#ffffff", "#0b62d6"),
            ("#fc0", "#000000", "#0b62d6"),
            ("#000", "#ffffff", "#000"),
            ("red\"><script>", "#ffffff", "#0b62d6"),
        ] {
            let look = Look {
                name: Texts::default(),
                url: String::new(),
                colours: Colours {
                    accent: accent.into(),
                    ..Colours::default()
                },
                points: Texts::default(),
                takes_replies: true,
            };
            let paint = look.paint();
            assert_eq!(
                (paint.on_accent.as_str(), paint.link.as_str()),
                (on_accent, link),
                "{accent}"
            );
        }
        assert_eq!(colour("#长长"), None);
        assert!(is_light([255; 3]) && !is_light([0; 3]));
    }
}

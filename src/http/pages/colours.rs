//! Which colours does the site have? The two accents of `kb.toml`, and the tints that belong to them.

use crate::config::Colours;

/// The ground of the pages in light and in dark, as in `app.css`.
const LIGHT: Rgb = Rgb([0xff, 0xff, 0xff]);
const DARK: Rgb = Rgb([0x10, 0x12, 0x16]);
const INK: Rgb = Rgb([0, 0, 0]);

/// The contrast that text needs, by WCAG 2 AA.
const READABLE: f32 = 4.5;

/// A colour by its red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rgb([u8; 3]);

impl Rgb {
    /// Reads `#rgb` or `#rrggbb`.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        let value = |part: &str| u8::from_str_radix(part, 16).ok();
        if !digits.is_ascii() {
            return None;
        }
        match digits.len() {
            3 => Some(Self([
                value(&digits[..1])? * 17,
                value(&digits[1..2])? * 17,
                value(&digits[2..])? * 17,
            ])),
            6 => Some(Self([
                value(&digits[..2])?,
                value(&digits[2..4])?,
                value(&digits[4..])?,
            ])),
            _ => None,
        }
    }

    /// `percent` of this colour over `ground`.
    fn over(self, ground: Self, percent: u16) -> Self {
        let mix = |i: usize| {
            let sum = u16::from(self.0[i]) * percent + u16::from(ground.0[i]) * (100 - percent);
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self([mix(0), mix(1), mix(2)])
    }

    /// The relative luminance of WCAG 2, 0 to 1.
    fn luminance(self) -> f32 {
        let linear = |c: u8| {
            let c = f32::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast of WCAG 2 between two colours, 1 to 21.
    fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// White or black, whichever reads better on this colour.
    fn text_on(self) -> Self {
        match self.contrast(LIGHT) >= self.contrast(INK) {
            true => LIGHT,
            false => INK,
        }
    }

    /// This colour, drawn towards `ink` until text in it can be read on `ground`.
    fn readable_on(self, ground: Self, ink: Self) -> Self {
        let steps = (0..=100)
            .rev()
            .step_by(5)
            .map(|percent| self.over(ink, percent));
        let mut readable = steps.filter(|colour| colour.contrast(ground) >= READABLE);
        readable.next().unwrap_or(ink)
    }

    fn css(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

/// The accents, readable ones in place of those that are no colours.
fn accents(colours: &Colours) -> (Rgb, Rgb) {
    let read = |text: &str, or: &str| Rgb::parse(text).or_else(|| Rgb::parse(or)).unwrap_or(INK);
    let default = Colours::default();
    (
        read(&colours.accent, &default.accent),
        read(&colours.accent_dark, &default.accent_dark),
    )
}

/// The declarations of one scheme: the accent as it is for surfaces, and readable for text.
fn declarations(accent: Rgb, ground: Rgb, soft: u16) -> String {
    let tint = accent.over(ground, soft);
    let link = accent.readable_on(tint, ground.text_on());
    format!(
        "--accent:{0};--on-accent:{1};--link:{2};--accent-soft:{3};--accent-line:{4};--kb-accent:{2}",
        accent.css(),
        accent.text_on().css(),
        link.css(),
        tint.css(),
        accent.over(ground, soft * 4).css(),
    )
}

/// The style sheet with the site's colours, for light and dark.
pub(super) fn style_sheet(colours: &Colours) -> String {
    let (light, dark) = accents(colours);
    let dark = declarations(dark, DARK, 12);
    format!(
        ":root{{{}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n:root[data-theme=dark]{{{dark}}}\n",
        declarations(light, LIGHT, 7),
    )
}

/// The icon of a site without a logo: a question mark on its accent.
pub(super) fn icon(colours: &Colours) -> String {
    let (accent, _) = accents(colours);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="{}"/><path d="M12 12.6a4.1 4.1 0 1 1 6 3.6c-1.4.8-2 1.6-2 3.1M16 23.6v.1" fill="none" stroke="{}" stroke-width="2.6" stroke-linecap="round"/></svg>"#,
        accent.css(),
        accent.text_on().css(),
    )
}

#[cfg(test)]
mod tests {
    use super::{DARK, LIGHT, READABLE, Rgb, style_sheet};
    use crate::config::Colours;

    #[test]
    fn reads_colours_and_refuses_the_rest() {
        assert_eq!(Rgb::parse("#0b62d6"), Some(Rgb([0x0b, 0x62, 0xd6])));
        assert_eq!(Rgb::parse("#fa0"), Some(Rgb([0xff, 0xaa, 0x00])));
        for bad in ["", "red", "#12345", "#gggggg", "#中", "#0b62d6;}"] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_on_the_accent_is_readable_for_any_accent() {
        for hex in ["#000", "#fff", "#0b62d6", "#7cb0ff", "#ff0", "#777", "#e60"] {
            let accent = Rgb::parse(hex).expect("a colour");
            assert!(accent.contrast(accent.text_on()) >= READABLE, "{hex}");
            for ground in [LIGHT, DARK] {
                let link = accent.readable_on(ground, ground.text_on());
                assert!(link.contrast(ground) >= READABLE, "{hex}");
            }
        }
    }

    #[test]
    fn what_is_no_colour_never_reaches_the_style_sheet() {
        let hostile = Colours {
            accent: "red}body{display:none".to_owned(),
            accent_dark: "#abc".to_owned(),
        };
        let css = style_sheet(&hostile);
        assert!(!css.contains("display") && css.contains("--accent:#aabbcc"));
        assert!(css.contains(&format!("--accent:{}", Colours::default().accent)));
    }
}

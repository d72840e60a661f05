//! Which language and script is it in? The three that `kb` speaks.

use std::fmt;

/// A language of articles and of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Lang {
    /// Chinese in simplified script, as in mainland China and Singapore.
    #[default]
    ZhCn,
    /// Chinese in traditional script, as in Taiwan, Hong Kong and Macao.
    ZhTw,
    /// English.
    En,
}

impl Lang {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::ZhCn, Self::ZhTw, Self::En];

    /// The BCP 47 tag: `zh-CN`, `zh-TW` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::ZhTw => "zh-TW",
            Self::En => "en",
        }
    }

    /// What the language calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::ZhCn => "简体中文",
            Self::ZhTw => "繁體中文",
            Self::En => "English",
        }
    }

    /// Reads a BCP 47 tag, relatives included: `zh-Hant`, `zh-HK` and `zh-MO` are traditional; other `zh` simplified;
    /// `en-…` English. `None` for other languages.
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
        let mut parts = tag.split('-');
        match parts.next()? {
            "en" => Some(Self::En),
            "zh" => {
                let traditional = |p: &str| matches!(p, "hant" | "tw" | "hk" | "mo");
                let simplified = tag.contains("hans");
                Some(if !simplified && parts.any(traditional) {
                    Self::ZhTw
                } else {
                    Self::ZhCn
                })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn reads_tags_and_their_relatives() {
        for (tag, lang) in [
            ("zh-CN", Some(Lang::ZhCn)),
            ("zh", Some(Lang::ZhCn)),
            ("zh-Hans-HK", Some(Lang::ZhCn)),
            ("zh-TW", Some(Lang::ZhTw)),
            ("zh_hk", Some(Lang::ZhTw)),
            ("zh-Hant", Some(Lang::ZhTw)),
            ("en-GB", Some(Lang::En)),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(Lang::parse(tag), lang, "{tag}");
        }
    }
}

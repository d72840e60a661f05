//! What stands where? A text as characters, wide ones in their narrow form, with the way back to what was written.

/// A text to be looked through.
pub(super) struct Scanned<'a> {
    text: &'a str,
    /// Narrow forms, one for each character.
    pub(super) chars: Vec<char>,
    /// Where each character begins, in bytes; and the end.
    places: Vec<usize>,
}

impl<'a> Scanned<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        places.push(text.len());
        Self {
            text,
            chars: text.chars().map(narrow).collect(),
            places,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    pub(super) fn at(&self, place: usize) -> Option<char> {
        self.chars.get(place).copied()
    }

    /// As it was written.
    pub(super) fn original(&self, from: usize, to: usize) -> String {
        let (from, to) = (self.places.get(from), self.places.get(to));
        match (from, to) {
            (Some(from), Some(to)) => self.text[*from..*to].to_owned(),
            _ => String::new(),
        }
    }

    /// In narrow forms.
    pub(super) fn narrow(&self, from: usize, to: usize) -> String {
        self.chars[from.min(to)..to.min(self.len())]
            .iter()
            .collect()
    }

    /// Whether `word` stands at a place; letters in any case.
    pub(super) fn has(&self, place: usize, word: &str) -> bool {
        let mut at = place;
        word.chars().all(|c| {
            let same = self.at(at).is_some_and(|own| own.eq_ignore_ascii_case(&c));
            at += 1;
            same
        })
    }

    /// The first place from `from` on whose character does not pass.
    pub(super) fn while_(&self, from: usize, passes: impl Fn(char) -> bool) -> usize {
        let rest = self.chars.get(from..).unwrap_or_default();
        let run = rest.iter().take_while(|c| passes(**c)).count();
        from + run
    }
}

fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '–' | '—' | '‐' | '‑' => '-',
        c => c,
    }
}

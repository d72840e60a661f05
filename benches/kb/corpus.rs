//! What do the articles look like that are measured? Made of a list of words by a generator that always makes the same.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// With another seed the articles are others, and figures cannot be compared.
const SEED: u64 = 0x6b62_2d62_656e_6368;

/// How many articles stand in one category.
const IN_CATEGORY: usize = 200;

/// Marsaglia, Xorshift RNGs (Journal of Statistical Software 8, 2003), with the multiplier of xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    /// One that always goes the same way; another `stream`, another way.
    pub(crate) fn new(stream: u64) -> Self {
        Self(SEED ^ stream.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, all as likely.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % end.max(1)
    }

    /// A number below `end`, the small ones far more often, as words are.
    fn skewed(&mut self, end: usize) -> usize {
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((end as f64 * share * share * share) as usize).min(end.saturating_sub(1))
    }

    fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }
}

/// The words, by kind.
pub(crate) struct Words(HashMap<&'static str, Vec<&'static str>>);

/// One article as it is written to its file.
pub(crate) struct Made {
    /// Its path below `kb/`.
    pub(crate) path: String,
    /// Its title.
    pub(crate) title: String,
    /// The whole file.
    pub(crate) text: String,
}

impl Words {
    /// The words of `words.txt`.
    pub(crate) fn read() -> Self {
        let mut kinds: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut kind = "";
        for line in include_str!("words.txt").lines() {
            match line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                Some(name) => kind = name,
                None if line.starts_with('#') => {}
                None => kinds
                    .entry(kind)
                    .or_default()
                    .extend(line.split_whitespace()),
            }
        }
        Self(kinds)
    }

    fn any(&self, kind: &str, random: &mut Random) -> &'static str {
        let words = self.0.get(kind).map(Vec::as_slice).unwrap_or_default();
        words.get(random.skewed(words.len())).copied().unwrap_or("")
    }

    /// A name that few articles have, as products do: two or three characters, any as likely.
    fn name(&self, random: &mut Random) -> String {
        let characters = self.0.get("name").map(Vec::as_slice).unwrap_or_default();
        let length = 2 + random.below(2);
        (0..length)
            .filter_map(|_| characters.get(random.below(characters.len())))
            .copied()
            .collect()
    }

    fn thing(&self, random: &mut Random) -> String {
        let noun = self.any("noun", random);
        match random.below(20) {
            0..3 => self.name(random) + noun,
            3 => format!(
                "{}-{}",
                self.any("latin", random).to_uppercase(),
                random.below(1000)
            ),
            4..6 => format!("{} {noun}", self.any("latin", random)),
            _ => noun.to_owned(),
        }
    }

    fn question(&self, random: &mut Random) -> String {
        let thing = self.thing(random);
        let (ask, verb) = (self.any("ask", random), self.any("verb", random));
        match random.below(4) {
            0 => format!("{thing}{verb}失败怎么办？"),
            1 => format!("{thing}{ask}{verb}"),
            2 => format!("{ask}{verb}{thing}的{}？", self.any("rest", random)),
            _ => format!("{ask}{verb}{thing}？"),
        }
    }

    fn sentence(&self, random: &mut Random) -> String {
        let mut sentence = String::new();
        for clause in 0..2 + random.below(3) {
            if clause > 0 {
                sentence.push('，');
            }
            let (adverb, verb) = (self.any("adverb", random), self.any("verb", random));
            let (thing, rest) = (self.thing(random), self.any("rest", random));
            let _ = write!(sentence, "{adverb}{verb}{thing}{rest}");
        }
        sentence + "。"
    }

    fn paragraph(&self, random: &mut Random) -> String {
        (0..2 + random.below(3))
            .map(|_| self.sentence(random))
            .collect()
    }

    /// Article number `number`, always the same.
    pub(crate) fn article(&self, number: usize) -> Made {
        let random = &mut Random::new(number as u64);
        let title = self.question(random);
        let similar: Vec<String> = (0..random.below(5))
            .map(|_| self.question(random))
            .collect();
        let tags = [self.any("noun", random), self.any("rest", random)];
        let mut text =
            format!("+++\ntitle = {title:?}\nsimilar = {similar:?}\ntags = {tags:?}\n+++\n");
        text += &self.paragraph(random);
        for _ in 0..1 + random.below(3) {
            let (verb, noun) = (self.any("verb", random), self.any("noun", random));
            let _ = write!(text, "\n\n## {verb}{noun}\n\n{}\n", self.paragraph(random));
            if random.percent(50) {
                for step in 1..=3 {
                    let _ = write!(
                        text,
                        "\n{step}. **{}**：{}",
                        self.thing(random),
                        self.sentence(random)
                    );
                }
            }
        }
        let path = format!("c{:03}/a{number:06}.md", number / IN_CATEGORY);
        Made { path, title, text }
    }

    /// Article number `number` of those that are a question, at most one similar one, and no text.
    pub(crate) fn short(&self, number: usize) -> Made {
        let random = &mut Random::new((1 << 30) + number as u64);
        let title = self.question(random);
        let similar: Vec<String> = (0..random.below(2))
            .map(|_| self.question(random))
            .collect();
        Made {
            path: format!("c{:03}/a{number:06}.md", number / IN_CATEGORY),
            text: format!("+++\ntitle = {title:?}\nsimilar = {similar:?}\n+++\n"),
            title,
        }
    }

    /// What readers type: a question of two to four words that are somewhere, not always in one article.
    pub(crate) fn query(&self, number: usize) -> String {
        let random = &mut Random::new((1 << 40) + number as u64);
        match random.below(4) {
            0 => self.thing(random),
            1 => format!("{} {}", self.thing(random), self.any("verb", random)),
            _ => self.question(random),
        }
    }
}

/// Writes articles `0..count` below `folder`.
pub(crate) fn write(words: &Words, folder: &Path, count: usize) -> std::io::Result<()> {
    write_all(folder, (0..count).map(|number| words.article(number)))
}

/// Writes short articles `0..count` below `folder`.
pub(crate) fn write_short(words: &Words, folder: &Path, count: usize) -> std::io::Result<()> {
    write_all(folder, (0..count).map(|number| words.short(number)))
}

fn write_all(folder: &Path, articles: impl Iterator<Item = Made>) -> std::io::Result<()> {
    for (number, made) in articles.enumerate() {
        let path = folder.join(made.path);
        if number % IN_CATEGORY == 0 {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        }
        std::fs::write(path, made.text)?;
    }
    Ok(())
}

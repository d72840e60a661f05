//! What adds to the order of hits? Each feature by its name, so that every one can be left out and shows what it is worth.

/// A feature of ranking that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// Single characters as terms.
    Characters,
    /// Pairs of neighbouring characters as terms.
    Bigrams,
    /// Words of three and more characters that segmentation finds, as terms.
    Words,
    /// Codes such as ABC-123 as one term, however they are written.
    Codes,
    /// That question words and politeness count less.
    StopWords,
    /// How alike the query and an article's best question are.
    Likeness,
    /// That the very same question comes first.
    Exactness,
    /// How alike the query and the title are, beside the best question.
    TitleLikeness,
    /// Whether query and question ask for one kind of answer: how, why, where.
    QuestionWords,
    /// That who asks why something does not work is not told how it works.
    Negation,
    /// How much of the query an article has, where no question is like it.
    Coverage,
    /// How much of the query stands close together in the text, where no question is like it.
    Proximity,
    /// Other words that mean the same.
    Synonyms,
}

/// Which features are left out; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut(Vec<Feature>);

impl LeftOut {
    /// Whether a feature is in use.
    pub(super) fn keeps(&self, feature: Feature) -> bool {
        !self.0.contains(&feature)
    }

    /// A weight while its feature is in use, else 0.
    pub(super) fn weight(&self, feature: Feature, weight: f32) -> f32 {
        if self.keeps(feature) { weight } else { 0.0 }
    }
}

impl FromIterator<Feature> for LeftOut {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        Self(features.into_iter().collect())
    }
}

//! When is an index of yesterday still right? When what it was made by is the same: one hash over all that alters it.

use super::Schema;
use std::fmt::Write as _;

impl Schema {
    /// A hash (hex) over exactly what alters what is in an index: audiences, fields, the analysis switches that work while
    /// indexing, the contents of the dictionaries, the limits beyond which an article is not read. `versions` are those of
    /// the program's own analysis and layout. Weights, ranking, synonyms and stop words work while searching and are left
    /// out, so they apply at once.
    pub fn fingerprint(&self, versions: &str) -> String {
        let mut made_by = String::new();
        // Writing into memory cannot fail.
        let _ = write!(
            made_by,
            "{versions}\n{}\n{:?}\nvariants {} pinyin {} starter {}\nlimits {} {}\n",
            self.audiences,
            self.fields,
            self.analysis.variants,
            self.analysis.pinyin,
            self.lexicon.starter,
            self.limits.article_bytes,
            self.limits.similar,
        );
        let mut hash = blake3::Hasher::new();
        hash.update(made_by.as_bytes());
        for file in &self.lexicon.dictionary {
            // A list that went away is another state than an empty one.
            let contents =
                std::fs::read(file).map(|bytes| blake3::hash(&bytes).to_hex().to_string());
            hash.update(contents.unwrap_or_else(|_| "missing".to_owned()).as_bytes());
        }
        hash.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Schema;

    #[test]
    fn changes_with_what_alters_the_index_and_with_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let words = folder.path().join("words.txt");
        std::fs::write(&words, "小程序\n").expect("a file");
        let mut schema = Schema::default();
        schema.lexicon.dictionary.push(words.clone());
        let before = schema.fingerprint("1");
        assert_eq!(before, schema.clone().fingerprint("1"));
        assert_ne!(before, schema.fingerprint("2"));

        let mut other = schema.clone();
        other.weights.title = 9.0;
        other.ranking.k1 = 2.0;
        other.limits.title_chars = 10;
        other.lexicon.synonyms.push("synonyms.txt".into());
        assert_eq!(before, other.fingerprint("1"));
        other.analysis.variants = false;
        assert_ne!(before, other.fingerprint("1"));

        let mut other = schema.clone();
        other.lexicon.starter = false;
        assert_ne!(before, other.fingerprint("1"));

        std::fs::write(&words, "小程序\n浙大\n").expect("a file");
        assert_ne!(before, schema.fingerprint("1"));
    }
}

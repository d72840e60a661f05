//! What do the articles of one view mean? Their vectors, in a file beside the segments of the view's index.
//!
//! A vector belongs to one text of one state of one file: whoever opens an index leaves out those of articles that are not
//! in the view any more, or that have changed since. So a generation may carry on the vectors of the last one, and a change is
//! published before its vectors are there; and a view's file has vectors only of what the view shows.

use crate::model::{ArticleId, MAX_DIMENSIONS, Vector, length};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tantivy::directory::OwnedBytes;

/// The name of the file in the folder of an audience.
pub(super) const FILE: &str = "vectors";

/// The most vectors of one view.
pub const MAX_VECTORS: usize = 200_000;

const MAGIC: &[u8; 8] = b"KBVEC001";

/// How many vectors the mean must have been taken over to be half believed.
const FEW: f32 = 10.0;

/// The largest number that a dimension of a query becomes: products of 4096 of them with bytes fit into 32 bits.
const QUERY_SCALE: f32 = 4095.0;

/// Which text of an article it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A question: the title is 0, then the similar ones.
    Question(u16),
    /// A passage of the body, from 0.
    Passage(u16),
}

impl Place {
    fn is_question(self) -> bool {
        matches!(self, Self::Question(_))
    }
}

/// The vectors of one article.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleVectors {
    /// The article.
    pub id: ArticleId,
    /// The hash of the file that the texts were read from.
    pub source: String,
    /// Whether none is wanting.
    pub complete: bool,
    /// The vectors, all of one size, each with its place.
    pub vectors: Vec<(Place, Vector)>,
}

/// How near an article is to a query: cosines, from -1 to 1, of what distinguishes both from the mean of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearness {
    /// That of its nearest question, and which it is.
    pub question: Option<(f32, u16)>,
    /// That of its nearest passage.
    pub passage: Option<f32>,
}

/// The vectors of a view.
#[derive(Debug, Clone)]
pub struct Vectors {
    file: Arc<VectorFile>,
    /// The ordinal of each row's article; `None` where there is none any more.
    ordinals: Vec<Option<u32>>,
    articles: usize,
}

/// A file of vectors. Shared by all generations that carry it on.
#[derive(Debug)]
pub(super) struct VectorFile {
    bytes: OwnedBytes,
    header: Header,
    scales: Vec<f32>,
    codes_at: usize,
    places: Vec<Place>,
    means: [Vec<f32>; 2],
    /// One over the length of what is left of each vector without its mean.
    sharpness: Vec<f32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    fingerprint: String,
    dimensions: usize,
    articles: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    id: String,
    source: String,
    complete: bool,
    questions: Vec<u16>,
    passages: Vec<u16>,
}

impl Entry {
    fn rows(&self) -> usize {
        self.questions.len() + self.passages.len()
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        let questions = self.questions.iter().map(|at| Place::Question(*at));
        questions.chain(self.passages.iter().map(|at| Place::Passage(*at)))
    }
}

/// The bytes of a file of vectors that were made by `fingerprint`. Vectors of another size than `dimensions` are left out.
pub(super) fn encode(
    fingerprint: &str,
    dimensions: usize,
    articles: &[ArticleVectors],
) -> Result<Vec<u8>> {
    let (mut entries, mut scales) = (Vec::new(), Vec::new());
    let mut codes: Vec<u8> = Vec::new();
    for article in articles {
        let mut vectors: Vec<&(Place, Vector)> = article
            .vectors
            .iter()
            .filter(|(_, vector)| vector.dimensions() == dimensions)
            .collect();
        vectors.sort_by_key(|(place, _)| *place);
        let mut entry = Entry {
            id: article.id.as_str().to_owned(),
            source: article.source.clone(),
            complete: article.complete,
            questions: Vec::new(),
            passages: Vec::new(),
        };
        for (place, vector) in vectors {
            match place {
                Place::Question(at) => entry.questions.push(*at),
                Place::Passage(at) => entry.passages.push(*at),
            }
            scales.extend(vector.scale().to_le_bytes());
            codes.extend(vector.codes());
        }
        entries.push(entry);
    }
    let header = serde_json::to_vec(&Header {
        fingerprint: fingerprint.to_owned(),
        dimensions,
        articles: entries,
    })?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(header.len())?.to_le_bytes());
    bytes.extend(header);
    bytes.extend(scales);
    bytes.extend(codes);
    Ok(bytes)
}

impl VectorFile {
    /// Reads a file of vectors, which has been verified by its checksum.
    pub(super) fn open(bytes: OwnedBytes) -> Result<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>().context("cut short")?;
        ensure!(magic == MAGIC, "vectors of another version");
        let (size, rest) = rest.split_first_chunk::<4>().context("cut short")?;
        let size = usize::try_from(u32::from_le_bytes(*size))?;
        let header: Header = serde_json::from_slice(rest.get(..size).context("cut short")?)?;
        let rows: usize = header.articles.iter().map(Entry::rows).sum();
        let scales_at = 12 + size;
        let codes_at = scales_at + 4 * rows;
        ensure!(
            (1..=MAX_DIMENSIONS).contains(&header.dimensions)
                && bytes.len() == codes_at + rows * header.dimensions,
            "vectors of another size than they say"
        );
        let scales = bytes[scales_at..codes_at]
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap_or_default()))
            .collect();
        let mut file = Self {
            places: header.articles.iter().flat_map(Entry::places).collect(),
            bytes,
            scales,
            codes_at,
            means: [Vec::new(), Vec::new()],
            sharpness: Vec::new(),
            header,
        };
        file.means = [file.mean(true), file.mean(false)];
        file.sharpness = file
            .rows()
            .map(|(row, codes)| file.sharpness_of(row, codes))
            .collect();
        Ok(file)
    }

    /// Whether it is this very file in memory.
    pub(super) fn is(&self, bytes: &OwnedBytes) -> bool {
        std::ptr::eq(self.bytes.as_slice(), bytes.as_slice())
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let codes = self.bytes[self.codes_at..].chunks_exact(self.header.dimensions);
        codes.enumerate()
    }

    /// What all questions, or all passages, have in common. Vectors of a model share much of their direction, which says
    /// nothing (Mu and Viswanath, All-but-the-top, ICLR 2018); few say little about what that is.
    fn mean(&self, questions: bool) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.header.dimensions];
        let mut count = 0.0_f32;
        for (row, codes) in self.rows() {
            if self.places[row].is_question() == questions {
                count += 1.0;
                let scale = self.scales[row];
                for (sum, code) in sum.iter_mut().zip(codes) {
                    *sum += scale * f32::from(code.cast_signed());
                }
            }
        }
        sum.iter().map(|n| n / (count + FEW)).collect()
    }

    fn sharpness_of(&self, row: usize, codes: &[u8]) -> f32 {
        let mean = &self.means[usize::from(!self.places[row].is_question())];
        let scale = self.scales[row];
        let pairs = codes.iter().zip(mean);
        let rest: f32 = pairs
            .map(|(code, mean)| (scale * f32::from(code.cast_signed()) - mean).powi(2))
            .sum();
        1.0 / rest.sqrt().max(1e-6)
    }
}

impl Vectors {
    /// The vectors in `file` of articles that are where `ordinal` says, for the file that has this hash now.
    pub(super) fn of(
        file: Arc<VectorFile>,
        ordinal: impl Fn(&ArticleId, &str) -> Option<u32>,
    ) -> Self {
        let mut ordinals = Vec::with_capacity(file.scales.len());
        let mut articles = 0;
        for entry in &file.header.articles {
            let id = ArticleId::parse(&entry.id).ok();
            let at = id.and_then(|id| ordinal(&id, &entry.source));
            articles += usize::from(at.is_some() && entry.complete);
            ordinals.extend(std::iter::repeat_n(at, entry.rows()));
        }
        Self {
            file,
            ordinals,
            articles,
        }
    }

    pub(super) fn file(&self) -> &Arc<VectorFile> {
        &self.file
    }

    /// What made them: vectors of another fingerprint do not compare.
    pub fn fingerprint(&self) -> &str {
        &self.file.header.fingerprint
    }

    /// How many dimensions each has.
    pub fn dimensions(&self) -> usize {
        self.file.header.dimensions
    }

    /// How many articles have all their vectors.
    pub fn articles(&self) -> usize {
        self.articles
    }

    /// How many vectors there are, those of former articles included.
    pub fn len(&self) -> usize {
        self.ordinals.len()
    }

    /// How many of them belong to articles that changed since, or are gone.
    pub fn former(&self) -> usize {
        self.ordinals.iter().filter(|at| at.is_none()).count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// All articles with the vectors that are kept of them, those that are former included.
    pub fn entries(&self) -> impl Iterator<Item = ArticleVectors> {
        let mut first = 0;
        self.file.header.articles.iter().filter_map(move |entry| {
            let from = first;
            first += entry.rows();
            let vectors = entry.places().enumerate().filter_map(|(i, place)| {
                let scale = self.file.scales[from + i];
                Some((place, Vector::from_parts(scale, self.codes(from + i))?))
            });
            Some(ArticleVectors {
                id: ArticleId::parse(&entry.id).ok()?,
                source: entry.source.clone(),
                complete: entry.complete,
                vectors: vectors.collect(),
            })
        })
    }

    fn codes(&self, row: usize) -> &[u8] {
        let size = self.dimensions();
        let start = self.file.codes_at + row * size;
        &self.file.bytes[start..start + size]
    }

    /// How near each article is to a query, by ordinal, of `ordinals` in all. `None` when the query's vector does not compare.
    pub fn near(&self, query: &[f32], ordinals: u32) -> Option<Vec<Nearness>> {
        if query.len() != self.dimensions() || !length(query).is_finite() {
            return None;
        }
        // A query is most like questions: what those have in common says nothing in it either.
        let [questions, passages] = &self.file.means;
        let sides = [questions, passages].map(|mean| Side::new(query, questions, mean));
        let nothing = Nearness {
            question: None,
            passage: None,
        };
        let mut near = vec![nothing; ordinals as usize];
        for (row, codes) in self.file.rows() {
            let Some(slot) = self.ordinals[row].and_then(|at| near.get_mut(at as usize)) else {
                continue;
            };
            let place = self.file.places[row];
            let side = &sides[usize::from(!place.is_question())];
            let cosine = side.cosine(codes, self.file.scales[row], self.file.sharpness[row]);
            match place {
                Place::Question(at) if slot.question.is_none_or(|(best, _)| cosine > best) => {
                    slot.question = Some((cosine, at));
                }
                Place::Passage(_) if slot.passage.is_none_or(|best| cosine > best) => {
                    slot.passage = Some(cosine);
                }
                _ => {}
            }
        }
        Some(near)
    }
}

/// A query without what all questions have in common, in whole numbers, for comparison with texts of one kind.
struct Side {
    numbers: Vec<i16>,
    scale: f32,
    /// What there is in the query of what all texts of the kind have in common.
    common: f32,
}

impl Side {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded, and within -4095 to 4095"
    )]
    fn new(query: &[f32], of_queries: &[f32], mean: &[f32]) -> Self {
        let whole = length(query).max(f32::MIN_POSITIVE);
        let rest: Vec<f32> = query
            .iter()
            .zip(of_queries)
            .map(|(q, m)| q / whole - m)
            .collect();
        let unit = length(&rest).max(1e-6);
        let largest = rest
            .iter()
            .fold(1e-6_f32, |most, n| most.max((n / unit).abs()));
        let scale = largest / QUERY_SCALE;
        Self {
            numbers: rest
                .iter()
                .map(|n| (n / unit / scale).round() as i16)
                .collect(),
            scale,
            common: rest.iter().zip(mean).map(|(q, m)| q / unit * m).sum(),
        }
    }

    fn cosine(&self, codes: &[u8], scale: f32, sharpness: f32) -> f32 {
        let pairs = self.numbers.iter().zip(codes);
        let product: i32 = pairs
            .map(|(number, code)| i32::from(*number) * i32::from(code.cast_signed()))
            .sum();
        (product as f32 * self.scale * scale - self.common) * sharpness
    }
}

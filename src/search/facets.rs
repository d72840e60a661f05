//! How many hits have each value? Counted over numbers that were given to all values when the engine was made.

use super::results::FacetCount;
use crate::config::Schema;
use crate::index::{Head, View};
use crate::model::Value;
use std::collections::{BTreeMap, HashMap};

/// The most values of one facet that are returned.
const MAX_VALUES: usize = 50;

/// The values of all articles of one view.
#[derive(Debug, Default)]
pub(super) struct FacetTable {
    values: Vec<FacetValue>,
    /// Where the values of each ordinal begin in `numbers`; one entry more than ordinals.
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FacetValue {
    facet: String,
    value: String,
    label: String,
}

impl FacetTable {
    /// Numbers every value of every article of `view`.
    pub(super) fn of(view: &View, schema: &Schema) -> Self {
        let mut table = Self {
            starts: vec![0],
            ..Self::default()
        };
        let mut known: HashMap<(String, String), u32> = HashMap::new();
        for ordinal in 0..view.ordinals() {
            if let Some(head) = view.head_by_ordinal(ordinal) {
                for (facet, value) in values_of(head, schema) {
                    let values = &mut table.values;
                    let number =
                        *known
                            .entry((facet.clone(), value.clone()))
                            .or_insert_with(|| {
                                let label = label(view, &facet, &value);
                                values.push(FacetValue {
                                    facet,
                                    value,
                                    label,
                                });
                                u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
                            });
                    table.numbers.push(number);
                }
            }
            table
                .starts
                .push(u32::try_from(table.numbers.len()).unwrap_or(u32::MAX));
        }
        table
    }

    /// How many of the articles have each value, by facet, the most frequent first.
    pub(super) fn count(
        &self,
        ordinals: impl Iterator<Item = u32>,
    ) -> BTreeMap<String, Vec<FacetCount>> {
        let mut counts = vec![0_usize; self.values.len()];
        for ordinal in ordinals {
            let at = ordinal as usize;
            let (Some(start), Some(end)) = (self.starts.get(at), self.starts.get(at + 1)) else {
                continue;
            };
            for number in &self.numbers[*start as usize..*end as usize] {
                counts[*number as usize] += 1;
            }
        }
        let mut facets: BTreeMap<String, Vec<FacetCount>> = BTreeMap::new();
        for (value, count) in self
            .values
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
        {
            let FacetValue {
                facet,
                value,
                label,
            } = value.clone();
            facets.entry(facet).or_default().push(FacetCount {
                value,
                label,
                count,
            });
        }
        for list in facets.values_mut() {
            list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
            list.truncate(MAX_VALUES);
        }
        facets
    }
}

fn values_of(head: &Head, schema: &Schema) -> Vec<(String, String)> {
    let one = |facet: &str, value: &str| (facet.to_owned(), value.to_owned());
    let mut out: Vec<(String, String)> = Vec::new();
    out.extend(
        head.category
            .lineage()
            .iter()
            .map(|path| one("category", path.as_str())),
    );
    out.extend(head.tags.iter().map(|tag| one("tag", tag)));
    out.extend(head.products.iter().map(|product| one("product", product)));
    out.push(one("lang", head.lang.tag()));
    for (name, _) in schema.fields.iter().filter(|(_, field)| field.facet) {
        let texts = head.extra.get(name).map(texts).unwrap_or_default();
        out.extend(texts.into_iter().map(|text| (name.clone(), text)));
    }
    out.sort();
    out.dedup();
    out
}

/// A value of an added field as the texts that it is counted and filtered by.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.clone()],
        Value::Texts(texts) => texts.clone(),
        Value::Integer(number) => vec![number.to_string()],
        Value::Boolean(yes) => vec![yes.to_string()],
        Value::Date(day) => vec![day.to_string()],
    }
}

fn label(view: &View, facet: &str, value: &str) -> String {
    let category = (facet == "category")
        .then(|| view.category(&crate::model::CategoryPath::new(value)))
        .flatten();
    category.map_or_else(|| value.to_owned(), |category| category.title.clone())
}

//! What did the service answer? As many vectors as texts, of one size, of finite numbers; or it is no answer.

use crate::model::Vector;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Option<usize>,
    embedding: Vec<f32>,
}

/// Reads the vectors of `count` texts, in their order. `dimensions`: how many each must have, where that is known.
///
/// # Errors
/// Says what is wrong with the answer.
pub(super) fn read(
    bytes: &[u8],
    count: usize,
    dimensions: Option<usize>,
) -> Result<Vec<Vec<f32>>, String> {
    let answer: Answer = serde_json::from_slice(bytes)
        .map_err(|why| format!("its answer is not what /v1/embeddings answers: {why}"))?;
    let got = answer.data.len();
    if got != count {
        return Err(format!("it answered {got} vectors for {count} texts"));
    }
    let mut vectors: Vec<Vec<f32>> = vec![Vec::new(); count];
    for (place, item) in answer.data.into_iter().enumerate() {
        let index = item.index.unwrap_or(place);
        let slot = vectors.get_mut(index).filter(|slot| slot.is_empty());
        *slot.ok_or_else(|| format!("it answered two vectors, or none, for text {index}"))? =
            item.embedding;
    }
    let size = dimensions.unwrap_or_else(|| vectors.first().map_or(0, Vec::len));
    for vector in &vectors {
        if vector.len() != size {
            let got = vector.len();
            return Err(format!(
                "its vectors have {got} dimensions instead of {size}"
            ));
        }
        if Vector::of(vector).is_none() {
            return Err(
                "it answered a vector that is empty, too long, zero or not finite".to_owned(),
            );
        }
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn vectors_come_back_in_the_order_of_their_texts() {
        let answer = br#"{"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[1,0]}],"model":"m"}"#;
        let vectors = read(answer, 2, Some(2)).expect("an answer");
        assert_eq!(vectors, [[1.0, 0.0], [0.0, 2.0]]);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for (answer, count) in [
            ("", 1),
            ("<html>", 1),
            ("[]", 1),
            (r#"{"data":[]}"#, 1),
            (r#"{"error":{"message":"no"}}"#, 1),
            (r#"{"data":[{"embedding":[1]},{"embedding":[1,2]}]}"#, 2),
            (
                r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
                2,
            ),
            (r#"{"data":[{"index":7,"embedding":[1]}]}"#, 1),
            (r#"{"data":[{"embedding":[NaN]}]}"#, 1),
            (r#"{"data":[{"embedding":[null]}]}"#, 1),
            (r#"{"data":[{"embedding":[1e39]}]}"#, 1),
            (r#"{"data":[{"embedding":[1e999]}]}"#, 1),
            (r#"{"data":[{"embedding":[0,0]}]}"#, 1),
            (r#"{"data":[{"embedding":["1"]}]}"#, 1),
            (r#"{"data":[{"embedding":[]}]}"#, 1),
        ] {
            assert!(read(answer.as_bytes(), count, None).is_err(), "{answer}");
        }
        assert!(read(br#"{"data":[{"embedding":[1,2]}]}"#, 1, Some(3)).is_err());
    }
}

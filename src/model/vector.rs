//! What does a text mean, in numbers? A direction in a space of some hundred dimensions; alike texts point alike.

/// The most dimensions that a vector may have.
pub const MAX_DIMENSIONS: usize = 4096;

/// The largest code of one dimension.
const MAX_CODE: f32 = 127.0;

/// The direction of a text, one byte a dimension: of length one but for rounding, which moves a cosine by about 0.0005.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    scale: f32,
    codes: Box<[u8]>,
}

impl Vector {
    /// The direction of these numbers. `None` when they have none: no numbers, too many, all zero, infinite or not numbers.
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let length = length(numbers);
        let usable = (1..=MAX_DIMENSIONS).contains(&numbers.len());
        if !usable || !length.is_finite() || length <= f32::MIN_POSITIVE {
            return None;
        }
        let largest = numbers.iter().fold(0.0_f32, |most, n| most.max(n.abs())) / length;
        let scale = largest / MAX_CODE;
        let codes = numbers.iter().map(|n| code(n / length / scale));
        Some(Self {
            codes: codes.collect(),
            scale,
        })
    }

    /// Puts together what [`Self::scale`] and [`Self::codes`] took apart. `None` when no vector has such parts.
    pub fn from_parts(scale: f32, codes: &[u8]) -> Option<Self> {
        let usable = (1..=MAX_DIMENSIONS).contains(&codes.len());
        (usable && scale.is_finite() && scale > 0.0).then(|| Self {
            scale,
            codes: codes.into(),
        })
    }

    /// What each code is multiplied by.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Its dimensions, each a signed byte in two's complement.
    pub fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// How many dimensions it has.
    pub fn dimensions(&self) -> usize {
        self.codes.len()
    }
}

/// The length of a vector, by Pythagoras.
pub fn length(numbers: &[f32]) -> f32 {
    let squares: f64 = numbers.iter().map(|n| f64::from(*n).powi(2)).sum();
    squares.sqrt() as f32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounded, and within -127 to 127"
)]
fn code(number: f32) -> u8 {
    (number.round().clamp(-MAX_CODE, MAX_CODE) as i8).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::{MAX_DIMENSIONS, Vector};

    #[test]
    fn keeps_the_direction() {
        let vector = Vector::of(&[3.0, -4.0, 0.0]).expect("a direction");
        let back: Vec<f32> = vector
            .codes()
            .iter()
            .map(|c| f32::from(c.cast_signed()) * vector.scale())
            .collect();
        for (got, wanted) in back.iter().zip([0.6, -0.8, 0.0]) {
            assert!((got - wanted).abs() < 0.005, "{back:?}");
        }
        let again = Vector::from_parts(vector.scale(), vector.codes());
        assert_eq!(again, Some(vector));
    }

    #[test]
    fn what_has_no_direction_is_no_vector() {
        let bad: [&[f32]; 5] = [
            &[],
            &[0.0, 0.0],
            &[1.0, f32::NAN],
            &[f32::INFINITY],
            &[0.5; MAX_DIMENSIONS + 1],
        ];
        for numbers in bad {
            assert_eq!(Vector::of(numbers), None, "{:?}", numbers.first());
        }
        assert_eq!(Vector::from_parts(f32::NAN, &[1]), None);
        assert_eq!(Vector::from_parts(1.0, &[]), None);
    }
}

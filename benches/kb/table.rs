//! How are figures shown? Each beside its floor, and beside itself for fewer articles.

use std::io::{self, Write};

/// One figure. What is asked most must come first in `name`, as tables are compared line by line.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// Milliseconds or megabytes, as the name says.
    pub(crate) ours: f64,
    /// The least that it could be, in the same unit, and what that is.
    pub(crate) floor: Option<(f64, &'static str)>,
    /// What it is meant to be at most: a ratio to the floor, or an absolute figure.
    pub(crate) aim: Option<Aim>,
}

/// What a figure is meant to be at most.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    /// So many times its floor.
    Ratio(f64),
    /// So much.
    AtMost(f64),
}

impl Figure {
    /// A figure without an aim.
    pub(crate) fn new(
        name: impl Into<String>,
        ours: f64,
        floor: Option<(f64, &'static str)>,
    ) -> Self {
        let name = name.into();
        Self {
            name,
            ours,
            floor,
            aim: None,
        }
    }

    /// The same with an aim.
    pub(crate) fn aim(self, aim: Aim) -> Self {
        Self {
            aim: Some(aim),
            ..self
        }
    }

    fn ratio(&self) -> Option<f64> {
        self.floor
            .filter(|(floor, _)| *floor > 0.0)
            .map(|(floor, _)| self.ours / floor)
    }

    fn verdict(&self) -> String {
        let (shown, kept) = match self.aim {
            Some(Aim::Ratio(most)) => (
                format!("≤ {most}×"),
                self.ratio().is_some_and(|r| r <= most),
            ),
            Some(Aim::AtMost(most)) => (format!("≤ {most:.0}"), self.ours <= most),
            None => return String::new(),
        };
        format!("{shown} {}", if kept { "kept" } else { "MISSED" })
    }
}

/// The figures for so many of something.
pub(crate) fn print(
    out: &mut impl Write,
    count: usize,
    what: &str,
    figures: &[Figure],
) -> io::Result<()> {
    writeln!(
        out,
        "\n## {count} {what}\n\n| figure | ours | floor | ratio | aim | the floor is |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---|---|")?;
    for figure in figures {
        let (floor, what) = figure
            .floor
            .map_or((String::new(), ""), |(floor, what)| (number(floor), what));
        let ratio = figure
            .ratio()
            .map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let (name, ours, verdict) = (&figure.name, number(figure.ours), figure.verdict());
        writeln!(
            out,
            "| {name} | {ours} | {floor} | {ratio} | {verdict} | {what} |"
        )?;
    }
    out.flush()
}

/// How each figure grows from the first number to the last.
pub(crate) fn print_growth(out: &mut impl Write, runs: &[(usize, Vec<Figure>)]) -> io::Result<()> {
    let (Some((least, first)), Some((most, last))) = (runs.first(), runs.last()) else {
        return Ok(());
    };
    if least == most {
        return Ok(());
    }
    let heads: Vec<String> = runs
        .iter()
        .map(|(articles, _)| articles.to_string())
        .collect();
    writeln!(
        out,
        "\n## Growth: {} times as many\n\n| figure | {} | times |",
        most / least,
        heads.join(" | ")
    )?;
    writeln!(out, "|---|{}---:|", "---:|".repeat(runs.len()))?;
    for figure in last {
        let of = |figures: &[Figure]| {
            figures
                .iter()
                .find(|f| f.name == figure.name)
                .map(|f| f.ours)
        };
        let cells: Vec<String> = runs
            .iter()
            .map(|(_, figures)| of(figures).map_or(String::new(), number))
            .collect();
        let times = of(first)
            .filter(|first| *first > 0.0)
            .map_or(String::new(), |first| format!("{:.1}", figure.ours / first));
        writeln!(out, "| {} | {} | {times} |", figure.name, cells.join(" | "))?;
    }
    out.flush()
}

/// Three digits that count.
fn number(figure: f64) -> String {
    match figure {
        f if f >= 100.0 => format!("{f:.0}"),
        f if f >= 10.0 => format!("{f:.1}"),
        f if f >= 1.0 => format!("{f:.2}"),
        f => format!("{f:.3}"),
    }
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

//! The table that is printed: a section for each part, with rows of figures and notes. Pure text.

use serde::{Deserialize, Serialize};

/// What one part has measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Section {
    /// What was measured.
    pub(crate) title: String,
    /// What the columns behind the first one are.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) notes: Vec<String>,
}

/// One thing that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) figures: Vec<String>,
}

impl Section {
    pub(crate) fn new<const N: usize>(title: impl Into<String>, columns: [&str; N]) -> Self {
        Self {
            title: title.into(),
            columns: columns.map(str::to_owned).into(),
            ..Self::default()
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, name: impl Into<String>, figures: [String; N]) {
        self.rows.push(Row {
            name: name.into(),
            figures: figures.into(),
        });
    }

    pub(crate) fn note(&mut self, words: impl Into<String>) {
        self.notes.push(words.into());
    }
}

/// All sections below each other, with columns of one width.
pub(crate) fn table(sections: &[Section]) -> String {
    let rows = || sections.iter().flat_map(|section| &section.rows);
    let titles = sections.iter().map(|section| &section.title);
    let names = rows().map(|row| &row.name).chain(titles);
    let first = names.map(|name| width(name)).max().unwrap_or_default();
    let figures = rows().flat_map(|row| &row.figures);
    let columns = sections.iter().flat_map(|section| &section.columns);
    let other = figures
        .chain(columns)
        .map(|text| width(text))
        .max()
        .unwrap_or_default();
    let line = |name: &str, figures: &[String]| {
        let mut line = format!("{name}{}", " ".repeat(first - width(name)));
        for figure in figures {
            line += &format!("  {}{figure}", " ".repeat(other - width(figure)));
        }
        line.push('\n');
        line
    };
    let mut text = String::new();
    for section in sections {
        text.push('\n');
        text += &line(&section.title, &section.columns);
        for row in &section.rows {
            text += &line(&row.name, &row.figures);
        }
        for note in &section.notes {
            text += &format!("  {note}\n");
        }
    }
    text
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Section, table};

    #[test]
    fn columns_stand_below_each_other() {
        let mut section = Section::new("Waiting", ["p50", "ratio"]);
        section.row("a bare one", ["1.00 µs".to_owned(), "1x".to_owned()]);
        section.row("ours", ["12.0 µs".to_owned(), "12.0x".to_owned()]);
        section.note("less is better");
        let wanted = "
Waiting         p50    ratio
a bare one  1.00 µs       1x
ours        12.0 µs    12.0x
  less is better
";
        assert_eq!(table(&[section]), wanted);
        assert_eq!(table(&[]), "");
    }
}

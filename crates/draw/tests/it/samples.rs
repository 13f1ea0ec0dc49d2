//! Writes samples of everything to `artifacts/draw`, which git ignores: for people to look at. Owns that folder.

use std::fs;
use std::path::PathBuf;

use duologue_draw::Theme;
use duologue_draw::document::DocumentLimits;

use crate::{examples, papers};

const THEMES: [(Theme, &str); 2] = [(Theme::Light, "light"), (Theme::Dark, "dark")];

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../artifacts/draw");
    fs::create_dir_all(&folder).expect("the folder of artifacts can be made");
    folder
}

#[test]
fn samples_of_every_chart_are_there_to_look_at() {
    for (name, chart) in examples::all() {
        for (theme, look) in THEMES {
            let drawing = chart.draw(theme);
            fs::write(folder().join(format!("{name}-{look}.png")), &drawing.png).expect("written");
            fs::write(folder().join(format!("{name}.txt")), &drawing.description).expect("written");
        }
    }
}

#[test]
fn samples_of_documents_are_there_to_look_at() {
    for (name, document) in [("report", papers::report()), ("note", papers::note())] {
        let pdf = document
            .pdf(&DocumentLimits::default())
            .expect("a document within the limits");
        fs::write(folder().join(format!("{name}.pdf")), &pdf.bytes).expect("written");
        fs::write(folder().join(format!("{name}.md")), document.markdown()).expect("written");
    }
}

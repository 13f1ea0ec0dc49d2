//! Writes pages with their numbers, links and bookmarks, and what is known of the document. Owns no state.

use std::collections::BTreeMap;

use krilla::action::LinkAction;
use krilla::annotation::{Annotation, LinkAnnotation, Target as Leads};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::text::Font;

use crate::document::clean::clean;
use crate::document::error::DocumentError;
use crate::document::model::{Document, Level};
use crate::document::pdf::brush::{Brush, rectangle};
use crate::document::pdf::look::Type;
use crate::document::pdf::pages::Page;
use crate::document::pdf::rows::{BOTTOM, Ink, LEFT, PAGE, Place, Target, WIDTH};
use crate::document::pdf::tree::Element;
use crate::document::pdf::{Layout, Pdf};

/// Words below each page.
const FOOTER: f32 = 8.8;
/// How far above its place a reader is shown a page.
const OVERHEAD: f32 = 14.0;
/// How the baseline of the footer lies below the text.
const FOOTER_BELOW: f32 = 34.0;
/// Kept free in the footer for the number of the page.
const NUMBERS: f32 = 70.0;

/// Where places are: the index of the page, and points from its top.
type Places = BTreeMap<Place, (usize, f32)>;

pub(super) fn write(
    document: &Document,
    layout: &mut Layout<'_>,
    mut pages: Vec<Page>,
) -> Result<Pdf, DocumentError> {
    let places = places(&pages);
    number(layout, &mut pages, &places);
    let title = clean(&document.title);
    let fonts = fonts(layout)?;
    let mut tree = std::mem::take(&mut layout.tree);
    let mut pdf = krilla::Document::new();
    for (index, page) in pages.iter().enumerate() {
        let footer = footer(layout, &title, index, pages.len());
        let mut sheet = pdf.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1).unwrap_or_default());
        Brush::new(sheet.surface(), &fonts, &mut tree).page(page, &footer);
        for (annotation, element) in links(page, &places) {
            let drawn = sheet.add_tagged_annotation(annotation);
            tree.drawn(element, drawn);
        }
        sheet.finish();
    }
    pdf.set_tag_tree(tree.written());
    pdf.set_outline(bookmarks(document, &places));
    pdf.set_metadata(metadata(document));
    let bytes = pdf.finish().map_err(|error| DocumentError::Write {
        reason: error.to_string(),
    })?;
    Ok(Pdf {
        bytes,
        pages: pages.len(),
        missing: layout.missing.to_list(),
    })
}

/// The fonts for the writer; it keeps only the letters that are used.
fn fonts(layout: &Layout<'_>) -> Result<Vec<Font>, DocumentError> {
    let fonts = layout
        .fonts
        .all()
        .iter()
        .map(|font| Font::new(font.data.into(), 0));
    fonts
        .collect::<Option<Vec<Font>>>()
        .ok_or_else(|| DocumentError::Write {
            reason: "a font cannot be read".to_owned(),
        })
}

fn places(pages: &[Page]) -> Places {
    let mut places = Places::new();
    for (index, page) in pages.iter().enumerate() {
        for (top, row) in &page.rows {
            if let Some(place) = row.place {
                places.insert(place, (index, *top));
            }
        }
    }
    places
}

/// Writes the numbers of pages where they are asked for.
fn number(layout: &mut Layout<'_>, pages: &mut [Page], places: &Places) {
    for (_, row) in pages.iter_mut().flat_map(|page| &mut page.rows) {
        for ink in &mut row.inks {
            let Ink::PageOf(place, end, element) = *ink else {
                continue;
            };
            let Some((page, _)) = places.get(&place) else {
                continue;
            };
            let outer = layout.tree.open(element);
            let mut letters = layout.ending_at(&(page + 1).to_string(), Type::contents(), end);
            layout.tree.open(outer);
            if let Some(letters) = letters.pop() {
                *ink = letters;
            }
        }
    }
}

/// The title and the number of the page. The first page has its title above.
fn footer(layout: &mut Layout<'_>, title: &str, index: usize, count: usize) -> Vec<Ink> {
    let look = Type::quiet(FOOTER);
    let baseline = BOTTOM + FOOTER_BELOW;
    let mut inks = layout.ending_at(
        &format!("{} / {count}", index + 1),
        look,
        (LEFT + WIDTH, baseline),
    );
    if index > 0 {
        inks.append(&mut layout.short(title, look, (LEFT, baseline), WIDTH - NUMBERS));
    }
    inks
}

/// What can be pressed on a page.
fn links(page: &Page, places: &Places) -> Vec<(Annotation, Option<Element>)> {
    let mut links = Vec::new();
    for (top, row) in &page.rows {
        for ink in &row.inks {
            let Ink::Link(area, target, element) = ink else {
                continue;
            };
            let (leads, said) = match target {
                Target::Address(address) => (
                    Leads::Action(LinkAction::new(address.clone()).into()),
                    address.clone(),
                ),
                Target::Place(place) => match places.get(place) {
                    Some(at) => (
                        Leads::Destination(destination(*at).into()),
                        format!("{}", at.0 + 1),
                    ),
                    None => continue,
                },
            };
            if let Some(area) = rectangle(*area, *top) {
                let link = LinkAnnotation::new(area, leads);
                links.push((Annotation::new_link(link, Some(said)), *element));
            }
        }
    }
    links
}

fn destination((page, top): (usize, f32)) -> XyzDestination {
    XyzDestination::new(page, Point::from_xy(0.0, (top - OVERHEAD).max(0.0)))
}

/// The headings as a tree, as deep as their levels.
fn bookmarks(document: &Document, places: &Places) -> Outline {
    let mut headings: Vec<(String, Level)> = document
        .headed()
        .map(|section| (clean(&section.heading), section.level))
        .collect();
    if !document.references.is_empty() {
        headings.push((clean(&document.words.references), Level::One));
    }
    let mut marks: Vec<(OutlineNode, Level)> = Vec::new();
    let mut outline = Outline::new();
    let mut close = |marks: &mut Vec<(OutlineNode, Level)>, level: Level| {
        while marks.last().is_some_and(|(_, last)| *last >= level) {
            let Some((mark, _)) = marks.pop() else { break };
            match marks.last_mut() {
                Some((parent, _)) => parent.push_child(mark),
                None => outline.push_child(mark),
            }
        }
    };
    for (index, (words, level)) in headings.into_iter().enumerate() {
        if let Some(at) = places.get(&Place::Heading(index)) {
            close(&mut marks, level);
            marks.push((OutlineNode::new(words, destination(*at)).with_open(true), level));
        }
    }
    close(&mut marks, Level::One);
    outline
}

fn metadata(document: &Document) -> Metadata {
    let mut metadata = Metadata::new()
        .title(clean(&document.title))
        .description(clean(&document.subtitle))
        .creator("Duologue".to_owned());
    let author = clean(&document.author);
    if !author.is_empty() {
        metadata = metadata.authors(vec![author]);
    }
    if is_language(&document.language) {
        metadata = metadata.language(document.language.clone());
    }
    metadata
}

/// Whether it has the shape of a language tag (BCP 47): parts of letters and digits, the first of two or three letters.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::is_language;

    #[test]
    fn languages_have_the_shape_of_their_tags() {
        for tag in ["en", "de-AT", "zh-Hant-TW", "nds"] {
            assert!(is_language(tag), "{tag}");
        }
        for tag in ["", "english", "e", "de_AT", "de-", "de-\"", "12"] {
            assert!(!is_language(tag), "{tag}");
        }
    }
}

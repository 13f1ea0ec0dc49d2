//! Draws rows on a page, and tells the tree what it drew. Owns no state.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::canvas::Area;
use crate::document::pdf::pages::Page;
use crate::document::pdf::rows::{Ink, Letters, Row};
use crate::document::pdf::tree::{Element, Tree};
use crate::theme::Colour;

/// Draws on one page.
pub(super) struct Brush<'a> {
    surface: Surface<'a>,
    fonts: &'a [Font],
    tree: &'a mut Tree,
}

impl<'a> Brush<'a> {
    pub(super) fn new(surface: Surface<'a>, fonts: &'a [Font], tree: &'a mut Tree) -> Self {
        Self { surface, fonts, tree }
    }

    pub(super) fn page(mut self, page: &Page, footer: &[Ink]) {
        for (top, row) in &page.rows {
            self.row(row, *top);
        }
        self.footer(footer);
        self.surface.finish();
    }

    fn row(&mut self, row: &Row, top: f32) {
        if row.repeated {
            return self.apart(ArtifactType::PaginationOther, |brush| {
                for ink in &row.inks {
                    match ink {
                        Ink::Letters(letters) => brush.glyphs(letters, top),
                        Ink::Fill(area, colour) => brush.fill(*area, *colour, top),
                        Ink::Image(..) | Ink::Link(..) | Ink::PageOf(..) => {}
                    }
                }
            });
        }
        for ink in &row.inks {
            match ink {
                Ink::Letters(letters) => {
                    let tag = ContentTag::Span(SpanTag::empty());
                    self.part(tag, letters.element, |brush| brush.glyphs(letters, top));
                }
                Ink::Image(area, image, element) => {
                    self.part(ContentTag::Other, *element, |brush| {
                        brush.image(*area, image, top)
                    });
                }
                Ink::Fill(area, colour) => {
                    self.apart(ArtifactType::Layout, |brush| brush.fill(*area, *colour, top));
                }
                // The one is added to the page, the other was made letters before.
                Ink::Link(..) | Ink::PageOf(..) => {}
            }
        }
    }

    fn footer(&mut self, inks: &[Ink]) {
        self.apart(ArtifactType::Footer, |brush| {
            for ink in inks {
                if let Ink::Letters(letters) = ink {
                    brush.glyphs(letters, 0.0);
                }
            }
        });
    }

    /// Draws a part of the text.
    fn part(&mut self, tag: ContentTag<'_>, element: Option<Element>, draw: impl FnOnce(&mut Self)) {
        let drawn = self.surface.start_tagged(tag);
        draw(self);
        self.surface.end_tagged();
        self.tree.drawn(element, drawn);
    }

    /// Draws what is not read aloud.
    fn apart(&mut self, kind: ArtifactType, draw: impl FnOnce(&mut Self)) {
        let _not_in_the_tree = self
            .surface
            .start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        draw(self);
        self.surface.end_tagged();
    }

    fn glyphs(&mut self, letters: &Letters, top: f32) {
        let glyphs: Vec<KrillaGlyph> = letters
            .glyphs
            .iter()
            .map(|glyph| {
                let id = GlyphId::new(glyph.id);
                let bytes = glyph.bytes.clone();
                KrillaGlyph::new(id, glyph.advance, glyph.right, glyph.up, 0.0, bytes, None)
            })
            .collect();
        self.surface.set_fill(Some(filled(letters.colour)));
        let at = Point::from_xy(letters.at.0, top + letters.at.1);
        let font = self.fonts[letters.font].clone();
        self.surface
            .draw_glyphs(at, &glyphs, font, &letters.text, letters.size, false);
    }

    fn fill(&mut self, area: Area, colour: Colour, top: f32) {
        let mut path = PathBuilder::new();
        let Some(area) = rectangle(area, top) else {
            return;
        };
        path.push_rect(area);
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(filled(colour)));
            self.surface.draw_path(&path);
        }
    }

    fn image(&mut self, area: Area, image: &Image, top: f32) {
        let Some(size) = Size::from_wh(area.width, area.height) else {
            return;
        };
        self.surface
            .push_transform(&Transform::from_translate(area.x, top + area.y));
        self.surface.draw_image(image.clone(), size);
        self.surface.pop();
    }
}

fn filled(colour: Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(colour.red, colour.green, colour.blue).into(),
        opacity: NormalizedF32::new(f32::from(colour.cover) / 255.0).unwrap_or(NormalizedF32::ONE),
        ..Fill::default()
    }
}

pub(super) fn rectangle(area: Area, top: f32) -> Option<Rect> {
    Rect::from_xywh(area.x, top + area.y, area.width, area.height)
}

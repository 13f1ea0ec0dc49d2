//! What the text is, beside how it looks: headings, lists, tables, for reading aloud (ISO 32000, "tagged PDF"). Owns the
//! tree while one document is made.

use krilla::tagging::{Identifier, Node, TagGroup, TagKind, TagTree};

/// A part of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element(usize);

/// All parts. A part hangs in the tree from the moment when something of it is drawn, so that the tree has the order
/// in which the document is read.
#[derive(Default)]
pub(super) struct Tree {
    parts: Vec<Part>,
    top: Vec<Child>,
    /// The part that new ones lie in.
    open: Option<Element>,
}

struct Part {
    tag: TagKind,
    parent: Option<Element>,
    hangs: bool,
    children: Vec<Child>,
}

#[derive(Clone, Copy)]
enum Child {
    Part(Element),
    Drawn(Identifier),
}

impl Tree {
    /// A part in the open one.
    pub(super) fn add(&mut self, tag: impl Into<TagKind>) -> Element {
        self.parts.push(Part {
            tag: tag.into(),
            parent: self.open,
            hangs: false,
            children: Vec::new(),
        });
        Element(self.parts.len() - 1)
    }

    pub(super) fn current(&self) -> Option<Element> {
        self.open
    }

    /// Makes a part the open one, or none; gives what was open before.
    pub(super) fn open(&mut self, element: Option<Element>) -> Option<Element> {
        std::mem::replace(&mut self.open, element)
    }

    /// Something was drawn that belongs to a part.
    pub(super) fn drawn(&mut self, element: Option<Element>, drawn: Identifier) {
        self.hang(element);
        self.children(element).push(Child::Drawn(drawn));
    }

    fn hang(&mut self, element: Option<Element>) {
        let Some(element) = element else { return };
        let part = &mut self.parts[element.0];
        if std::mem::replace(&mut part.hangs, true) {
            return;
        }
        let parent = part.parent;
        self.hang(parent);
        self.children(parent).push(Child::Part(element));
    }

    fn children(&mut self, element: Option<Element>) -> &mut Vec<Child> {
        match element {
            Some(element) => &mut self.parts[element.0].children,
            None => &mut self.top,
        }
    }

    /// The tree as it is written.
    pub(super) fn written(&self) -> TagTree {
        let mut tree = TagTree::new();
        for child in &self.top {
            tree.push(self.node(*child));
        }
        tree
    }

    fn node(&self, child: Child) -> Node {
        match child {
            Child::Drawn(drawn) => Node::Leaf(drawn),
            Child::Part(element) => {
                let part = &self.parts[element.0];
                let children = part.children.iter().map(|child| self.node(*child)).collect();
                Node::Group(TagGroup::with_children(part.tag.clone(), children))
            }
        }
    }
}

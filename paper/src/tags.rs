//! The structure of a document, which programs that read it aloud follow: what is a heading, a list, a cell.

use krilla::tagging::{Identifier, Node, TagGroup, TagKind, TagTree};

/// A part of the structure, in [`Tags`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(usize);

/// The structure: a tree, whose leaves are what is drawn.
#[derive(Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Tags {
    parts: Vec<(TagKind, Vec<Child>)>,
    top: Vec<Tag>,
}

#[cfg_attr(test, derive(Debug))]
enum Child {
    Part(Tag),
    Drawn(Identifier),
}

impl Tags {
    /// A new part, behind all others of the one it belongs to, or of the whole.
    pub fn part(&mut self, of: Option<Tag>, kind: impl Into<TagKind>) -> Tag {
        let part = Tag(self.parts.len());
        self.parts.push((kind.into(), Vec::new()));
        match of {
            Some(Tag(of)) => self.parts[of].1.push(Child::Part(part)),
            None => self.top.push(part),
        }
        part
    }

    /// What was drawn belongs to a part.
    pub fn drawn(&mut self, Tag(part): Tag, what: Identifier) {
        self.parts[part].1.push(Child::Drawn(what));
    }

    /// The tree as the library takes it.
    pub fn tree(&self) -> TagTree {
        let mut tree = TagTree::new();
        for part in &self.top {
            tree.push(self.group(*part));
        }
        tree
    }

    fn group(&self, Tag(part): Tag) -> TagGroup {
        let (kind, children) = &self.parts[part];
        let node = |child: &Child| match child {
            Child::Part(part) => Node::from(self.group(*part)),
            Child::Drawn(what) => Node::from(*what),
        };
        TagGroup::with_children(kind.clone(), children.iter().map(node).collect())
    }
}

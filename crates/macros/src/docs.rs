//! Doc comments as text. Pure functions.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// A doc comment: its first paragraph in one line, and all the rest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Docs {
    pub(crate) summary: String,
    pub(crate) rest: String,
}

impl Docs {
    /// Reads the doc comment among the attributes of an item.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let lines: Vec<String> = attributes.iter().filter_map(line).collect();
        // A block comment is one attribute of many lines.
        let text = lines.join("\n");
        let mut lines = text.lines().map(str::trim).skip_while(|line| line.is_empty());
        let summary: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        let rest: Vec<&str> = lines.collect();
        Self {
            summary: summary.join(" "),
            rest: rest.join("\n").trim().to_owned(),
        }
    }
}

fn line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::Docs;

    #[test]
    fn the_first_paragraph_is_the_summary_and_all_else_the_rest() {
        let item: syn::ItemStruct = parse_quote! {
            /// Roll some dice,
            /// as many as you like.
            ///
            /// More words.
            ///
            /// Even more.
            struct Dice;
        };
        let docs = Docs::of(&item.attrs);
        assert_eq!(docs.summary, "Roll some dice, as many as you like.");
        assert_eq!(docs.rest, "More words.\n\nEven more.");
    }

    #[test]
    fn no_comment_is_no_text() {
        assert_eq!(Docs::of(&[]), Docs::default());
    }
}

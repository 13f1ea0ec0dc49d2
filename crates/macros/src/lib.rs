//! The attribute and derive macros of Duologue.

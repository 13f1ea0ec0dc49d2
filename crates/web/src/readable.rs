//! Readable text out of pages: title, article, blocks. Pure functions without threads, files or clocks, so that they
//! can run in a worker process that has nothing of that; bounded in time and memory for any input.
//!
//! A page is cut at [`PAGE_BYTES`], then made harmless in one linear pass (see `tame`: [`DEPTH`], [`ELEMENTS`]),
//! and only then parsed and scored. What is kept is text alone: no markup, no links, no pictures, no scripts.
//!
//! ```
//! use duologue_web::readable::{Block, article, title};
//!
//! let page = "<title>News &amp; more</title><nav>Home</nav>
//!     <article><h2>It rained</h2><p>It rained all   day, and nobody minded.</article>";
//! assert_eq!(title(page).as_deref(), Some("News & more"));
//! let article = article(page, &"https://news.example/1".parse()?);
//! assert_eq!(article.site.as_deref(), Some("news.example"));
//! assert_eq!(
//!     article.blocks,
//!     [
//!         Block::Heading { level: 2, text: "It rained".to_owned() },
//!         Block::Paragraph { text: "It rained all day, and nobody minded.".to_owned() },
//!     ]
//! );
//! # Ok::<(), url::ParseError>(())
//! ```

mod article;
mod block;
mod kind;
mod links;
mod markdown;
mod plain;
mod tame;
mod text;
mod title;
mod token;

pub use self::article::{Article, PAGE_BYTES, article};
pub use self::block::Block;
pub use self::links::{LINK_CHARACTERS, LINKS, Link, links};
pub use self::markdown::markdown;
pub use self::plain::plain;
pub use self::tame::{DEPTH, ELEMENTS};
pub use self::title::{TITLE_CHARACTERS, title};

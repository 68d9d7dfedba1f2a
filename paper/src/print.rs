//! From a document to its file.

use crate::{
    blocks,
    document::{Document, NotPrinted},
    draw,
    font::Fonts,
    pages::{self, Footer},
};

impl Document {
    /// The document as a file.
    ///
    /// # Errors
    /// When the document is not well formed. No text in a block is ever a reason, but for what a code says.
    pub fn print(&self) -> Result<Vec<u8>, NotPrinted> {
        if self.language.is_empty() || !self.language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(NotPrinted::NoLanguage);
        }
        let fonts = Fonts::load().ok_or(NotPrinted::Refused)?;
        if fonts.shown(&self.title).trim().is_empty() {
            return Err(NotPrinted::NoTitle);
        }
        let footer = Footer::of(&fonts, &self.footer)?;
        let set = blocks::set(&fonts, &self.blocks, footer.room())?;
        let pages = pages::paginate(&set, footer.room());
        draw::draw(&fonts, self, &footer, set, &pages)
    }
}

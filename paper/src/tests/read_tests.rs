//! Reads a file back, with another library than the one that wrote it.

use lopdf::{Document, Object, content::Content, decode_text_string};

/// A file, as it was read.
pub struct File {
    /// The file.
    pub file: Document,
    /// Its pages.
    pub pages: Vec<Vec<Shown>>,
}

/// A line of text on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// What it says.
    pub text: String,
    /// Where its baseline begins: from the left and from the top.
    pub at: (f32, f32),
    /// Whether it is no part of the content.
    pub artifact: bool,
}

/// Reads a file.
pub fn read(bytes: &[u8]) -> File {
    let file = Document::load_mem(bytes).unwrap();
    let pages = file.get_pages().values().map(|page| shown(&file, *page)).collect();
    File { file, pages }
}

impl File {
    /// What a page says, without its footer and what was said before.
    pub fn page(&self, page: usize) -> String {
        self.pages[page].iter().filter(|shown| !shown.artifact).map(|shown| shown.text.as_str()).collect()
    }

    /// What all pages say.
    pub fn text(&self) -> String {
        (0..self.pages.len()).map(|page| self.page(page)).collect()
    }

    /// The artifacts of a page.
    pub fn artifacts(&self, page: usize) -> Vec<&str> {
        self.pages[page].iter().filter(|shown| shown.artifact).map(|shown| shown.text.as_str()).collect()
    }
}

fn shown(file: &Document, page: (u32, u16)) -> Vec<Shown> {
    let content = Content::decode(&file.get_page_content(page)).unwrap();
    let fonts = file.get_page_fonts(page).unwrap();
    let mut found: Vec<Shown> = Vec::new();
    // What marked content is open: its name, and the text that it says it is.
    let mut open: Vec<(Vec<u8>, Option<String>)> = Vec::new();
    let mut font = None;
    let number = |object: &Object| object.as_float().unwrap();
    for operation in &content.operations {
        let operands = &operation.operands;
        match operation.operator.as_str() {
            "BMC" => open.push((operands[0].as_name().unwrap().to_vec(), None)),
            "BDC" => {
                let says = operands[1].as_dict().ok().and_then(|all| all.get(b"ActualText").ok());
                let says = says.map(|says| decode_text_string(says).unwrap());
                if let (Some(says), Some(last)) = (&says, found.last_mut()) {
                    last.text.push_str(says);
                }
                open.push((operands[0].as_name().unwrap().to_vec(), says));
            }
            "EMC" => drop(open.pop().unwrap()),
            "Tf" => font = Some(fonts[operands[0].as_name().unwrap()].get_font_encoding(file).unwrap()),
            "BT" => {
                let artifact = open.iter().any(|(name, _)| name == b"Artifact");
                found.push(Shown { text: String::new(), at: (f32::NAN, f32::NAN), artifact });
            }
            "Tm" => {
                let last = found.last_mut().unwrap();
                if last.at.0.is_nan() {
                    last.at = (number(&operands[4]), number(&operands[5]));
                }
            }
            "Tj" | "TJ" if open.iter().all(|(_, says)| says.is_none()) => {
                let parts = operands.iter().flat_map(|operand| match operand {
                    Object::Array(parts) => parts.as_slice(),
                    other => std::slice::from_ref(other),
                });
                for bytes in parts.filter_map(|part| part.as_str().ok()) {
                    let text = Document::decode_text(font.as_ref().unwrap(), bytes).unwrap();
                    found.last_mut().unwrap().text.push_str(&text);
                }
            }
            _ => (),
        }
    }
    found
}

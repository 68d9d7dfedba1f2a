//! What stands on the paper.

/// A document of any number of pages.
///
/// Any text may hold any characters. A line break in it is kept, a tab is a space, and characters that have no look of
/// their own, such as a zero width space, are left out. Whatever else the fonts lack (they have Latin, Greek and
/// Cyrillic) and control characters are shown as `U+FFFD`.
///
/// Documents name persons, and so neither they nor their parts can be written to a log (BEN-04).
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The name of the document, as a reader's window shows it. It is not printed: see [`Level::Title`].
    pub title: String,
    /// The language of the text (BCP 47), for those who have it read aloud.
    pub language: String,
    /// Stands at the foot of each page, on the left of its number. A few lines at most.
    pub footer: String,
    /// The content, from the top.
    pub blocks: Vec<Block>,
}

/// A part of a document. All take the width between the margins.
#[derive(Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading. It stays on one page with the beginning of what follows. One without text is left out.
    Heading(Level, String),
    /// A text.
    Paragraph(String),
    /// Who writes, on the left, and to whom, on the right. In a block that comes first the address of the latter begins
    /// 45 mm from the upper edge of the paper and 110 mm from the left one; lower only when the former is higher than
    /// 25 mm.
    Addresses(String, String),
    /// A list of labels, each with what it says on its right.
    Facts(Vec<Fact>),
    /// Rows and columns.
    Table(Table),
    /// What can be ticked.
    Choices(Vec<Choice>),
    /// Empty boxes beside each other, three at most; more of them make further rows.
    Boxes(Vec<EmptyBox>),
    /// A QR code, with a text beside it.
    Code(Code),
    /// Room, in millimetres. At the end of a page it takes what is left.
    Space(u16),
}

/// The level of a heading. A document begins with a title and leaves out none between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The title of the document, as it is printed.
    Title,
    /// A section.
    Section,
    /// A part of a section.
    Part,
}

/// A label and what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// What it says; nothing for a line to write on.
    pub value: Option<String>,
}

/// A table. Its header stands on each of its pages, and pages end between rows; only a row that is higher than a page
/// is parted.
#[derive(Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns, from the left. [`Table::MOST_COLUMNS`] at most.
    pub columns: Vec<Column>,
    /// The rows, each with as many cells as there are columns. The first cell says what its row is about.
    pub rows: Vec<Vec<String>>,
    /// Rows at the end of the table, set off from the others.
    pub totals: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub title: String,
    /// Its share of the width, in relation to those of the other columns.
    pub share: u8,
    /// The side on which its texts begin.
    pub align: Align,
}

/// The side of a column on which texts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Something that can be ticked.
#[derive(Clone, PartialEq, Eq)]
pub struct Choice {
    /// Whether it is.
    pub ticked: bool,
    /// What it says.
    pub text: String,
}

/// A box to sign, or to stick a label in.
#[derive(Clone, PartialEq, Eq)]
pub struct EmptyBox {
    /// What stands above it.
    pub title: String,
    /// Its height in millimetres; 200 at most are used. Of boxes beside each other the highest counts.
    pub height: u16,
}

/// A QR code of 25 mm.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// What it says to who scans it: [`Code::MOST`] bytes at most.
    pub says: String,
    /// What stands beside it.
    pub text: String,
}

/// Why there is no file. All are faults of the program that made the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPrinted {
    /// A document needs a name.
    #[error("the document has no title")]
    NoTitle,
    /// A language is letters, digits and hyphens.
    #[error("the document has no language")]
    NoLanguage,
    /// The footer takes too much of the page.
    #[error("the footer is too long")]
    LongFooter,
    /// No column, or too many.
    #[error("a table has 1 to {most} columns, not {0}", most = Table::MOST_COLUMNS)]
    Columns(usize),
    /// A row has too many or too few cells.
    #[error("a row of {cells} cells in a table of {columns} columns")]
    Cells {
        /// The cells of the row.
        cells: usize,
        /// The columns of the table.
        columns: usize,
    },
    /// A code that says nothing, or too much to be scanned from paper.
    #[error("a code says 1 to {most} bytes", most = Code::MOST)]
    Code,
    /// The library that writes the file refuses.
    #[error("the file cannot be written")]
    Refused,
}

impl Table {
    /// With more columns than this none would have room for its texts.
    pub const MOST_COLUMNS: usize = 16;
}

impl Code {
    /// The most bytes that a code of this size says.
    pub const MOST: usize = 200;
}

impl Column {
    /// A column.
    #[must_use]
    pub fn new(title: &str, share: u8, align: Align) -> Column {
        Column { title: title.to_owned(), share, align }
    }
}

impl Fact {
    /// A label and what it says.
    #[must_use]
    pub fn new(label: &str, value: &str) -> Fact {
        Fact { label: label.to_owned(), value: Some(value.to_owned()) }
    }

    /// A label and a line to write on.
    #[must_use]
    pub fn blank(label: &str) -> Fact {
        Fact { label: label.to_owned(), value: None }
    }
}

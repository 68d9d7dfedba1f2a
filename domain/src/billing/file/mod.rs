
mod characters;
pub mod check;
mod contents;
pub mod digits;
pub mod finding;
pub mod frame;
pub mod invoice;
pub mod layout;
pub mod merge;
pub mod record;
pub mod settings;
pub mod write;


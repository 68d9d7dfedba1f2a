//! What an establishment reports and owes, computed from what it keeps (REG-06, REG-07, REG-09, REG-15 to REG-17).
//!
//! [`covered`]: which conventions a hospital reports on. [`yearly`]: beneficiaries by type of pump. [`due`]: when the
//! yearly report is due. [`sent`]: what was sent, and what differs from it since. [`model`]: the models that INAMI
//! enters. [`management`]: team and sites of a day, with the hours behind each FTE. [`home_base`]: who is followed in
//! the hospital of the team. [`quality`]: coded rows for the audit of quality. [`recruits`]: what is kept of
//! those who join the team. [`obligation`]: what is due. [`obligations`]: everything that is due on a day. [`feed`]: the same as a calendar.

pub mod covered;
pub mod due;
pub mod feed;
pub mod home_base;
pub mod management;
pub mod model;
pub mod obligation;
pub mod obligations;
pub mod quality;
pub mod recruits;
pub mod sent;
pub mod yearly;

//! Readings of the convention where the text leaves a choice open, each in this one place (rules.md §13).

/// COV-05: a period begins no earlier than this many days before the application. Day 30 itself still counts.
pub const DAYS_BEFORE_APPLICATION: u64 = 30;
/// COV-04: a granted period lasts at most this many months.
pub const LONGEST_MONTHS: u32 = 12;
/// COV-07: the months of notice with which an establishment stops.
pub const NOTICE_MONTHS: u32 = 1;
/// COV-08: for this many months after a period has ended, its establishment is warned of an application elsewhere.
pub const WARNED_MONTHS: u32 = 2;
/// PMP-01: the age, in months, from which one is admitted.
pub const ADMITTED_MONTHS: u32 = 16 * 12;
/// PMP-02: the HbA1c, in percent, above which the glycaemia was not controlled before the pump.
pub const CONTROLLED_HBA1C: i64 = 7;
/// PMP-03: the months before a prolongation in which a preventive examination is expected.
pub const EXAMINATION_MONTHS: u32 = 12;
/// COV-05: the days after the first one prescribed on which a draft is reminded of.
pub const DRAFT_REMINDERS: [i64; 3] = [20, 27, 30];
/// COV-04: the days before its last one on which a period that ends is reminded of; the last of them is urgent.
pub const ENDING_REMINDERS: [u64; 2] = [60, 30];

//! A value that is read from a request, and the proof that all of them could be read.

use insula_domain::refusal::Fault;

/// What is read under a name: its value, or that a fault says why there is none. Only a [`Done`] gives the value, and
/// only finishing without a fault gives a `Done`, so that nothing unreadable is ever stored (SYS-04):
///
/// ```no_run
/// # use insula_api::http::{input::Reader, problem::ApiError};
/// # fn read(mut reader: Reader) -> Result<chrono::NaiveDate, ApiError> {
/// let from = reader.required_date("from");
/// let done = reader.finish()?;
/// Ok(done.take(from))
/// # }
/// ```
///
/// Code that forgets to finish has no value and does not compile:
///
/// ```compile_fail,E0308
/// # use insula_api::http::{input::Reader, problem::ApiError};
/// # fn read(mut reader: Reader) -> Result<chrono::NaiveDate, ApiError> {
/// let from = reader.required_date("from");
/// Ok(from)
/// # }
/// ```
#[derive(Debug)]
#[must_use = "its value is taken when the reading is finished"]
pub struct Field<T>(pub(super) Result<T, Unread>);

/// The proof that a value could not be read and that a fault says so.
#[derive(Debug)]
pub(super) struct Unread(());

impl<T> Field<T> {
    /// The value if it could be read, for a rule that is asked before the reading is finished.
    pub fn known(&self) -> Option<&T> {
        self.0.as_ref().ok()
    }

    /// Both, once both could be read.
    pub fn and<U>(self, other: Field<U>) -> Field<(T, U)> {
        Field(self.0.and_then(|one| other.0.map(|other| (one, other))))
    }

    /// The field with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        Field(self.0.map(change))
    }
}

impl<T> Field<Option<T>> {
    /// The value if there is one and it could be read.
    pub fn given(&self) -> Option<&T> {
        self.known().and_then(Option::as_ref)
    }

    /// Whether there is something, readable or not.
    pub fn is_given(&self) -> bool {
        !matches!(self.0, Ok(None))
    }

    /// The field with the value that absence stands for.
    pub fn or(self, absent: T) -> Field<T> {
        self.map(|value| value.unwrap_or(absent))
    }

    /// The field with the default value in case of absence.
    pub fn or_default(self) -> Field<T>
    where
        T: Default,
    {
        self.map(Option::unwrap_or_default)
    }
}

/// A list of fields as one field. Every entry is read, also after one that could not be.
impl<T> FromIterator<Field<T>> for Field<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = Field<T>>>(fields: I) -> Field<Vec<T>> {
        let read: Vec<_> = fields.into_iter().map(|field| field.0).collect();
        Field(read.into_iter().collect())
    }
}

/// The proof that the reading is finished and found no fault.
#[derive(Debug)]
pub struct Done(());

impl Done {
    /// The value of a field.
    #[expect(
        clippy::expect_used,
        reason = "a field without a value has told a fault, and after a fault there is no `Done`"
    )]
    pub fn take<T>(&self, field: Field<T>) -> T {
        field.0.expect("a field of the reading that is finished")
    }
}

/// The faults of a reading. Only it makes an [`Unread`] or a [`Done`].
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Keeps why something could not be read.
    pub(super) fn tell(&mut self, fault: Fault) -> Unread {
        self.0.push(fault);
        Unread(())
    }

    /// Keeps all that a rule found.
    pub(super) fn tell_all(&mut self, faults: impl IntoIterator<Item = Fault>) -> Unread {
        self.0.extend(faults);
        Unread(())
    }

    /// The faults so far.
    pub(super) fn so_far(&self) -> &[Fault] {
        &self.0
    }

    /// Succeeds as long as there is none.
    pub(super) fn none_yet(&self) -> Result<Done, Unread> {
        if self.0.is_empty() { Ok(Done(())) } else { Err(Unread(())) }
    }

    /// Ends the reading.
    pub(super) fn end(self) -> Result<Done, Vec<Fault>> {
        if self.0.is_empty() { Ok(Done(())) } else { Err(self.0) }
    }
}

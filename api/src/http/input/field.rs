//! A value read from a request, and the proof that the whole request was readable.

use insula_domain::refusal::Fault;

/// A value read from a request, or the mark that a fault was recorded instead. Only [`Done`] releases the value, and
/// only a reading that finishes without a fault gives a `Done`. So no unreadable value is ever stored (SYS-04):
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
/// Code that forgets to finish does not compile:
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

/// The proof that a value could not be read and that a fault was recorded.
#[derive(Debug)]
pub(super) struct Unread(());

impl<T> Field<T> {
    /// The value if it was readable, for a rule that runs before the reading has finished.
    pub fn known(&self) -> Option<&T> {
        self.0.as_ref().ok()
    }

    /// Both fields as a pair.
    pub fn and<U>(self, other: Field<U>) -> Field<(T, U)> {
        Field(self.0.and_then(|one| other.0.map(|other| (one, other))))
    }

    /// The field with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        Field(self.0.map(change))
    }
}

impl<T> Field<Option<T>> {
    /// The value if it is present and readable.
    pub fn given(&self) -> Option<&T> {
        self.known().and_then(Option::as_ref)
    }

    /// Whether a value was sent, readable or not.
    pub fn is_given(&self) -> bool {
        !matches!(self.0, Ok(None))
    }

    /// Replaces an absent value by `absent`.
    pub fn or(self, absent: T) -> Field<T> {
        self.map(|value| value.unwrap_or(absent))
    }

    /// Replaces an absent value by the default.
    pub fn or_default(self) -> Field<T>
    where
        T: Default,
    {
        self.map(Option::unwrap_or_default)
    }
}

/// Collects fields into one. Every entry is read, even after an unreadable one.
impl<T> FromIterator<Field<T>> for Field<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = Field<T>>>(fields: I) -> Field<Vec<T>> {
        let read: Vec<_> = fields.into_iter().map(|field| field.0).collect();
        Field(read.into_iter().collect())
    }
}

/// The proof that a reading has finished without a fault.
#[derive(Debug)]
pub struct Done(());

impl Done {
    /// The value of a field.
    #[expect(
        clippy::expect_used,
        reason = "a field without a value has recorded a fault, and after a fault there is no `Done`"
    )]
    pub fn take<T>(&self, field: Field<T>) -> T {
        field.0.expect("a field of the finished reading")
    }
}

/// The faults of a reading. The only place that makes an [`Unread`] or a [`Done`].
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Records a fault.
    pub(super) fn record(&mut self, fault: Fault) -> Unread {
        self.0.push(fault);
        Unread(())
    }

    /// Records the faults of a rule.
    pub(super) fn record_all(&mut self, faults: impl IntoIterator<Item = Fault>) -> Unread {
        self.0.extend(faults);
        Unread(())
    }

    /// The faults so far.
    pub(super) fn so_far(&self) -> &[Fault] {
        &self.0
    }

    /// Succeeds while there is no fault.
    pub(super) fn none_yet(&self) -> Result<Done, Unread> {
        if self.0.is_empty() { Ok(Done(())) } else { Err(Unread(())) }
    }

    /// Finishes the reading.
    pub(super) fn end(self) -> Result<Done, Vec<Fault>> {
        if self.0.is_empty() { Ok(Done(())) } else { Err(self.0) }
    }
}

//! Lists that are read page by page.

/// A page of a list. The query reads one row more (`LIMIT $n + 1`), which tells whether another page follows.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// At most as many as requested.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
}

impl<T> Page<T> {
    pub(crate) fn of(mut rows: Vec<T>, size: i32) -> Page<T> {
        let size = usize::try_from(size).unwrap_or_default();
        let more = rows.len() > size;
        rows.truncate(size);
        Page { items: rows, more }
    }

    /// Converts the rows.
    pub(crate) fn read<U, E>(self, read: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, more: self.more })
    }

    /// The item after which the next page begins, if there is one.
    pub fn last(&self) -> Option<&T> {
        self.items.last().filter(|_| self.more)
    }
}

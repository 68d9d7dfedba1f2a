//! SQL as text, prepared once per connection.

use diesel::{
    QueryResult,
    connection::Connection,
    deserialize::{self, QueryableByName},
    pg::{Pg, PgConnection},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::{RunQueryDsl, methods::LoadQuery},
    row::NamedRow,
    sql_types::Untyped,
};

/// A query whose text never varies. diesel prepares [`diesel::sql_query`] anew at every execution, because it cannot know
/// that the text is constant; that is a round trip more each time. Ours all are, so they are cached by their text.
pub(crate) struct Constant<Q>(pub Q);

impl<Q> Constant<Q> {
    /// Runs a statement and counts the rows it gives back: one that is to be counted ends in `RETURNING` or a `SELECT`.
    ///
    /// In place of diesel's `execute`, which asks a reference to the query whether it may be cached; a reference does not
    /// know what [`Constant`] says and answers no.
    pub fn execute<'q>(self, conn: &mut PgConnection) -> QueryResult<usize>
    where
        Self: LoadQuery<'q, PgConnection, AnyRow>,
    {
        Ok(RunQueryDsl::load::<AnyRow>(self, conn)?.len())
    }
}

/// A row nobody looks into.
pub(crate) struct AnyRow;

impl QueryableByName<Pg> for AnyRow {
    fn build<'a>(_row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        Ok(AnyRow)
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Constant<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Constant<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Constant<Q> {
    type SqlType = Untyped;
}

impl<Q> RunQueryDsl<PgConnection> for Constant<Q> where PgConnection: Connection {}

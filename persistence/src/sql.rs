//! SQL as text, prepared once per connection.

use diesel::{
    OptionalExtension, QueryResult,
    connection::Connection,
    deserialize::{self, QueryableByName},
    pg::{Pg, PgConnection},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::{RunQueryDsl, methods::LoadQuery},
    row::NamedRow,
    sql_types::Untyped,
};

use crate::error::Stop;

/// A query with a constant text. diesel cannot know that a [`diesel::sql_query`] is constant and prepares it at every
/// execution, which costs a round trip. All of Insula's queries are constant, so they are cached by their text.
pub(crate) struct Constant<Q>(pub Q);

impl<Q> Constant<Q> {
    /// Runs a statement and counts the rows it returns; only `RETURNING` or a `SELECT` returns any.
    ///
    /// diesel's own `execute` asks a reference to the query whether it may be cached, which does not see [`Constant`].
    pub fn execute<'q>(self, conn: &mut PgConnection) -> QueryResult<usize>
    where
        Self: LoadQuery<'q, PgConnection, AnyRow>,
    {
        Ok(RunQueryDsl::load::<AnyRow>(self, conn)?.len())
    }

    /// The row of a query, or [`Stop::NotFound`].
    pub fn found<'q, R>(self, conn: &mut PgConnection) -> Result<R, Stop>
    where
        Self: LoadQuery<'q, PgConnection, R>,
    {
        RunQueryDsl::get_result(self, conn).optional()?.ok_or(Stop::NotFound)
    }
}

/// A row of which no column is read.
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

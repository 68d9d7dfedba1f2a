//! The position of a reader in a feed.

use std::{fmt, str::FromStr};

use diesel::{
    QueryableByName,
    deserialize::{self, FromSql},
    pg::{Pg, PgValue},
    sql_types::BigInt,
};

/// A position in a feed: the transaction that wrote the row, then the row's number. Written `xid-seq`; the default is
/// the beginning. Rows embed it, from the columns `xid` and `seq`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Position {
    /// The transaction.
    #[diesel(sql_type = BigInt, deserialize_as = Xid)]
    pub xid: u64,
    /// The number of the row.
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
}

/// PostgreSQL sends an `xid8` in the format of a `bigint`.
pub(crate) struct Xid(u64);

impl FromSql<BigInt, Pg> for Xid {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Xid> {
        <i64 as FromSql<BigInt, Pg>>::from_sql(bytes).map(|number| Xid(number.cast_unsigned()))
    }
}

impl From<Xid> for u64 {
    fn from(xid: Xid) -> u64 {
        xid.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.xid, self.seq)
    }
}

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Position, NotAPosition> {
        let (xid, seq) = text.split_once('-').ok_or(NotAPosition)?;
        Ok(Position { xid: xid.parse().map_err(|_| NotAPosition)?, seq: seq.parse().map_err(|_| NotAPosition)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TRA-02: a position is parsed as it is written, and any other text is refused.
    #[test]
    fn a_position_is_parsed_as_it_is_written() {
        let position = Position { xid: 743, seq: 12 };
        assert_eq!(position.to_string(), "743-12");
        assert_eq!("743-12".parse(), Ok(position));
        for text in ["", "743", "743-", "-12", "743-12-1", "743 12", "a-12", "18446744073709551616-1"] {
            assert_eq!(text.parse::<Position>(), Err(NotAPosition), "{text}");
        }
        assert!(Position { xid: 9, seq: 2 } < Position { xid: 10, seq: 1 });
    }
}

//! Waiting for what other tests do on the same cluster.

use diesel::{QueryableByName, RunQueryDsl, sql_types::Bool, sql_types::Text};

use crate::TestApp;

impl TestApp {
    /// Returns when every transaction that is running now, in any database of the cluster, has ended. Feed and seals hold
    /// back what is younger than the oldest of them, so a test that reads either asks for this first.
    pub fn when_older_transactions_ended(&self) {
        #[derive(QueryableByName)]
        struct Next {
            #[diesel(sql_type = Text)]
            xid: String,
        }
        #[derive(QueryableByName)]
        struct Ended {
            #[diesel(sql_type = Bool)]
            ended: bool,
        }
        let mut conn = self.owner();
        let next: Next = diesel::sql_query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid")
            .get_result(&mut conn)
            .unwrap();
        let ended = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS ended";
        while !diesel::sql_query(ended).bind::<Text, _>(&next.xid).get_result::<Ended>(&mut conn).unwrap().ended {}
    }
}

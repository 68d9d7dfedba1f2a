use std::time::Duration;

use insula_persistence::migrate;
use insula_tests::app::{self, dump_schema, fresh_database};

/// SYS-03: every migration can be taken back, and made again with the same result.
#[test]
fn migrations_go_down_and_up_again() {
    let (owner_url, keys) = fresh_database();
    let before = dump_schema(&owner_url);
    assert!(migrate::check(&owner_url, Duration::ZERO).is_ok());
    migrate::revert_all(&owner_url).unwrap();
    assert!(migrate::check(&owner_url, Duration::ZERO).is_err());
    app::migrate(&owner_url, &keys);
    assert_eq!(dump_schema(&owner_url), before);
}

use insula_api::{contract, openapi_export};

/// SYS-04: the committed contract is what the code serves, and keeps its conventions.
#[test]
fn the_committed_contract_is_up_to_date() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml")).unwrap();
    assert!(committed == contract::yaml(), "openapi.yaml is not what the code says: run `make openapi`");
    assert_eq!(openapi_export::lint(&contract::document()), Vec::<String>::new());
}

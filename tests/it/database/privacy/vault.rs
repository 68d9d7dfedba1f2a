//! The vault.

use diesel::connection::SimpleConnection;
use insula_tests::{TestApp, data};
use serde_json::json;

use super::trail::texts;

/// BEN-04: these are the columns of the vault; only `identity` and an insurer's `own_number`, which are encrypted,
/// identify a person.
#[actix_web::test]
async fn the_vault_has_no_column_for_an_identity_in_clear() {
    let app = TestApp::start().await;
    let columns = texts(
        &app,
        "SELECT table_name || '.' || column_name || ' ' || data_type AS t FROM information_schema.columns
         WHERE table_schema = 'vault' AND data_type NOT IN ('uuid', 'integer', 'timestamp with time zone')
         ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"",
    );
    assert_eq!(
        columns,
        [
            "affiliations.ct1 text",
            "affiliations.ct2 text",
            "affiliations.hospital text",
            "affiliations.insurer text",
            "affiliations.own_number bytea",
            "affiliations.valid_from date",
            "affiliations.valid_to date",
            "beneficiaries.hospital text",
            "beneficiaries.identity bytea",
            "beneficiaries.search_key bytea",
            "beneficiary_versions.changed_by text",
            "beneficiary_versions.hospital text",
            "beneficiary_versions.identity bytea",
            "coverage_answers.answer bytea",
            "coverage_answers.answered_by text",
            "coverage_answers.hospital text",
            "coverage_attachments.attached_by text",
            "coverage_attachments.document bytea",
            "coverage_attachments.hospital text",
            "coverage_attachments.media_type text",
            "coverage_attachments.name bytea",
            "coverage_attachments.sha256 bytea",
            "coverage_contents.changed_by text",
            "coverage_contents.content bytea",
            "coverage_contents.hospital text",
            "coverage_questions.asked_by text",
            "coverage_questions.hospital text",
            "coverage_questions.insurer text",
            "coverage_questions.insurer_union text",
            "coverage_questions.question bytea",
            "invoice_records.hospital text",
            "invoice_records.records bytea",
            "persons.identification_code text",
            "persons.niss_index bytea",
            "persons.pseudonym_seed bytea",
        ]
    );
}

/// BEN-04, BEN-03: the same person at two hospitals has two ciphertexts with nothing in common; look-up hashes are
/// keyed.
#[actix_web::test]
async fn equal_identities_look_different() {
    let app = TestApp::start().await;
    app.lead_a().enter_beneficiary(1).await;
    app.lead_b().enter_beneficiary(1).await;
    let rows = texts(&app, "SELECT encode(identity, 'hex') AS t FROM vault.beneficiaries ORDER BY 1");
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0][..24], rows[1][..24], "the nonces");
    assert_ne!(rows[0][24..56], rows[1][24..56], "the first block");
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), 1);
    let index = texts(&app, "SELECT encode(niss_index, 'hex') AS t FROM vault.persons").remove(0);
    let niss = data::niss(1);
    for sql in ["sha256", "sha224", "sha384", "sha512"] {
        let plain = texts(&app, &format!("SELECT encode({sql}('{niss}'::bytea), 'hex') AS t")).remove(0);
        assert_ne!(plain, index, "{sql}");
    }
}

/// BEN-04: a ciphertext opens only in its own row, so exchanging two reveals nothing.
#[actix_web::test]
async fn exchanged_ciphertexts_do_not_open() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (one, two) = (lead.enter_beneficiary(1).await, lead.enter_beneficiary(2).await);
    app.owner()
        .batch_execute(
            "UPDATE vault.beneficiaries b SET identity = o.identity FROM vault.beneficiaries o WHERE o.id <> b.id",
        )
        .unwrap();
    for id in [one, two] {
        let reply = lead.get(&format!("/beneficiaries/{id}")).await.expect_problem(500, "internalServerError");
        assert!(!reply.text.contains("Invented"));
    }
    let reply = lead.post("/beneficiaries/query", &json!({"niss": data::niss(1)})).await;
    reply.expect_problem(500, "internalServerError");
}

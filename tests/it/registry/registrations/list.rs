use insula_tests::{Client, Reply, TestApp, status::STANDINGS};
use serde_json::{Value, json};

fn ids(page: &Reply) -> Vec<String> {
    page.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn listed(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/registrations{query}")).await.expect(200);
    assert!(page.body.get("next").is_none());
    ids(&page)
}

async fn drafts(client: &Client, count: usize) -> Vec<Reply> {
    let mut drafts = Vec::new();
    for _ in 0..count {
        drafts.push(client.draft("followUp", None, &json!({})).await);
    }
    drafts
}

/// CGM-04: the list shows all of the hospital's registrations in every status, newest first.
#[actix_web::test]
async fn all_registrations_are_listed_newest_first() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut all = Vec::new();
    for (n, (standing, _)) in (1..).zip(STANDINGS) {
        all.insert(0, lead.standing(&app, n, standing).await);
    }
    app.lead_b().complete_draft(1).await;
    let page = lead.get("/registrations").await.expect(200);
    let shown: Vec<Value> = all.iter().map(|one| one.body.clone()).collect();
    assert_eq!(page.body["items"], json!(shown));
    assert_eq!((&page.body["pageSize"], page.body.get("next")), (&json!(50), None));
}

/// CGM-04: the list is filtered by status, type and time of change; several values of one filter are alternatives.
#[actix_web::test]
async fn filters_narrow_the_list() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut by_status = Vec::new();
    for (n, (standing, status)) in (1..).zip(STANDINGS) {
        by_status.insert(0, (status.name(), lead.standing(&app, n, standing).await.id()));
    }
    let of = |wanted: &[&str]| -> Vec<_> {
        by_status.iter().filter(|(status, _)| wanted.contains(status)).map(|(_, id)| id.clone()).collect()
    };
    for status in ["open", "sending", "submitted", "correctionsNeeded", "deleted"] {
        assert_eq!(listed(&lead, &format!("?status={status}")).await, of(&[status]), "{status}");
    }
    assert_eq!(listed(&lead, "?status=open&status=deleted").await, of(&["open", "deleted"]));
    let replacement = lead.draft("replacement", None, &json!({})).await;
    assert_eq!(listed(&lead, "?type=replacement").await, [replacement.id()]);
    assert_eq!(listed(&lead, "?type=replacement&type=firstImplantation").await.len(), 8);
    assert_eq!(listed(&lead, "?type=explantation").await, Vec::<String>::new());
    app.clock.advance(chrono::TimeDelta::hours(1));
    let changed = lead.change(&replacement, json!({"content": {"remark": "x"}})).await.expect(200);
    let since = changed.body["updatedAt"].as_str().unwrap();
    assert_eq!(listed(&lead, &format!("?changedSince={since}")).await, [replacement.id()]);
    assert_eq!(listed(&lead, "?changedSince=2026-06-15T11:00:00%2B02:00&status=open&type=replacement").await.len(), 1);
    assert_eq!(listed(&lead, "?changedSince=2026-06-15T12:00:00+02:00").await.len(), 0);
}

/// CGM-04, SYS-04: all faults of a query are reported at once.
#[actix_web::test]
async fn faults_of_a_query_are_named() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let faulty = [
        ("pageSize=0", vec!["pageSize:outOfRange"]),
        ("pageSize=201", vec!["pageSize:outOfRange"]),
        ("pageSize=ten", vec!["pageSize:outOfRange"]),
        ("pageSize=10&pageSize=20", vec!["pageSize:repeated"]),
        ("page=2", vec!["page:unknownField"]),
        ("Status=open", vec!["Status:unknownField"]),
        ("status=closed&status=open", vec!["status:notInList"]),
        ("after=7", vec!["after:notAnIdentifier"]),
        (
            "type=x&changedSince=yesterday&colour=red&pageSize=-1",
            vec!["changedSince:notATimestamp", "colour:unknownField", "pageSize:outOfRange", "type:notInList"],
        ),
    ];
    for (query, faults) in faulty {
        let refused = lead.get(&format!("/registrations?{query}")).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), faults, "{query}");
        assert!(refused.body["issues"].as_array().unwrap().iter().all(|issue| issue["in"] == "query"));
    }
    for size in [1, 200] {
        let page = lead.get(&format!("/registrations?pageSize={size}")).await.expect(200);
        assert_eq!(page.body["pageSize"], size);
    }
}

/// CGM-04: pages have the requested size, link to each other, and the last one has no next.
#[actix_web::test]
async fn pages_follow_on_each_other() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut expected: Vec<_> = drafts(&lead, 6).await.iter().map(Reply::id).collect();
    expected.reverse();
    for size in [1, 2, 3, 4, 6] {
        let (mut found, mut sizes) = (Vec::new(), Vec::new());
        let mut next = Some(format!("/registrations?pageSize={size}&type=followUp&status=open"));
        while let Some(path) = next {
            let page = lead.get(&path).await.expect(200);
            sizes.push(ids(&page).len());
            found.extend(ids(&page));
            next = page.body["next"].as_str().map(str::to_owned);
        }
        assert_eq!(found, expected);
        assert_eq!(sizes.len(), 6_usize.div_ceil(size), "no empty page at the end");
    }
}

/// CGM-04: paging repeats and misses nothing that existed at the start, while others arrive and these change.
#[actix_web::test]
async fn pages_stay_right_while_rows_arrive_and_change() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let there = drafts(&lead, 9).await;
    let mut expected: Vec<_> = there.iter().map(Reply::id).collect();
    expected.reverse();
    let mut found = Vec::new();
    let mut next = Some("/registrations?pageSize=2".to_owned());
    let mut turn = 0;
    while let Some(path) = next {
        let page = lead.get(&path).await.expect(200);
        found.extend(ids(&page));
        next = page.body["next"].as_str().map(str::to_owned);
        drafts(&lead, 3).await;
        lead.change(&there[turn], json!({"content": {"remark": "moved?"}})).await.expect(200);
        lead.remove(&there[8 - turn], None).await;
        turn += 1;
    }
    assert_eq!(found, expected);
}

/// CGM-04: the same with concurrent writes.
#[actix_web::test]
async fn pages_stay_right_while_others_write_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut expected: Vec<_> = drafts(&lead, 12).await.iter().map(Reply::id).collect();
    expected.reverse();
    let walk = async {
        let mut found = Vec::new();
        let mut next = Some("/registrations?pageSize=1".to_owned());
        while let Some(path) = next {
            let page = lead.get(&path).await.expect(200);
            found.extend(ids(&page));
            next = page.body["next"].as_str().map(str::to_owned);
        }
        found
    };
    let (found, _, _) = tokio::join!(walk, drafts(&lead, 15), drafts(&lead, 15));
    // New registrations may appear before the twelve, but not between or after them.
    assert_eq!(found[found.len() - expected.len()..], expected);
    let mut once = found.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len());
}

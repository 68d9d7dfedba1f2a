//! The landing page, the reference and the guides, as a browser gets them.

use std::collections::{BTreeSet, VecDeque};

use insula_tests::{TestApp, client::new_key};
use reqwest::Method;
use serde_json::{Value, json};

/// The values of an attribute in a page.
fn all<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The text of each block of commands.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("<pre tabindex=\"0\"><code>").skip(1).filter_map(|rest| rest.split("</code>").next());
    blocks.map(|one| one.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">")).collect()
}

/// SYS-04: what a refusal refers to can be read: every link of the landing page and of the guides leads to a page or an
/// operation, and to the heading that it names.
#[actix_web::test]
async fn every_link_leads_somewhere() {
    let app = TestApp::start().await;
    let client = app.client(None);
    let root = reqwest::Url::parse(&app.base.replace("/insula/v1", "/")).unwrap();
    let (mut seen, mut waiting) = (BTreeSet::new(), VecDeque::from([root.clone()]));
    let (mut guides, mut fragments) = (0, Vec::new());
    while let Some(url) = waiting.pop_front() {
        let reply = client.get(url.as_str()).await.expect(200);
        if !reply.header("content-type").starts_with("text/html") {
            continue;
        }
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{url}");
        assert_eq!(reply.header("cache-control"), "no-cache", "{url}");
        assert_eq!(reply.header("content-language"), "en", "{url}");
        assert!(reply.text.contains("<title>") && reply.text.contains("<h1"), "{url}");
        guides += usize::from(url.path().contains("/doc/pages/"));
        let links = [all(&reply.text, "href"), all(&reply.text, "src")].concat();
        for link in links.iter().filter(|link| !link.starts_with("https://")) {
            let mut to = url.join(link).unwrap();
            assert_eq!(to.host_str(), root.host_str(), "{link}");
            if let Some(fragment) = to.fragment() {
                fragments.push((to.path().to_owned(), fragment.to_owned(), url.clone()));
            }
            to.set_fragment(None);
            if seen.insert(to.clone()) {
                waiting.push_back(to);
            }
        }
    }
    assert!(guides >= 16 && fragments.len() > 7, "{guides} guides, {} fragments", fragments.len());
    for (path, fragment, from) in fragments {
        let page = client.get(root.join(&path).unwrap().as_str()).await.expect(200).text;
        assert!(all(&page, "id").contains(&&*fragment), "{from}: {path}#{fragment}");
    }
}

/// SYS-04: the reference is the service's own in title and text, loads nothing from elsewhere, and may be kept for ever
/// under a name that holds its hash; another hash is another version's.
#[actix_web::test]
async fn assets_are_kept_by_their_hash() {
    let app = TestApp::start().await;
    let client = app.client(None);
    let page = client.get("/doc/ui/").await.expect(200).text;
    assert!(page.contains("<title>API reference – Insula</title>") && page.contains("id=\"swagger-ui\""), "{page}");
    let root = app.base.replace("/insula/v1", "");
    let assets: Vec<&str> =
        [all(&page, "href"), all(&page, "src")].concat().into_iter().filter(|one| one.contains("/assets/")).collect();
    let mut kinds = Vec::new();
    for path in &assets {
        let reply = client.get(&format!("{root}{path}")).await.expect(200);
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(reply.text.len() > 100, "{path}: {}", reply.text);
        kinds.push(reply.header("content-type").split(';').next().unwrap().to_owned());
        let (folder, name) = path.rsplit_once('/').unwrap();
        let other = format!("{}{}/{name}", &folder[..folder.len() - 16], "0".repeat(16));
        client.get(&format!("{root}{other}")).await.expect_problem(404, "resourceNotFound");
    }
    kinds.sort();
    assert_eq!(
        kinds,
        ["image/svg+xml", "text/css", "text/css", "text/css", "text/javascript", "text/javascript", "text/javascript"]
    );
    client.get("/doc/pages/nothing").await.expect_problem(404, "resourceNotFound");
    assert_eq!(client.get("/doc/ui/index.html").await.expect(308).header("location"), "/insula/v1/doc/ui/");
    let head = client.send(client.request(Method::HEAD, "/doc/ui/")).await.expect(200);
    assert_eq!((head.text.as_str(), head.header("content-type")), ("", "text/html; charset=utf-8"));
    for path in ["", "/", "/doc/ui/", "/doc/pages/architecture"] {
        client.post(path, &json!({})).await.expect_problem(404, "resourceNotFound");
    }
}

/// SYS-04: the commands of the landing page do on a fresh instance what the page says, all faults of the draft included.
#[actix_web::test]
async fn the_first_steps_work() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let page = lead.get("/").await.expect(200).text;
    let steps = commands(&page);
    assert_eq!(steps.len(), 5, "{steps:?}");
    assert!(steps[0].starts_with(&format!("API='{}'\n", app.base)), "{}", steps[0]);
    let mut draft = String::new();
    for command in steps.iter().filter(|step| step.contains("curl ")) {
        let after = |mark: &str, end: char| {
            command.split_once(mark).and_then(|(_, rest)| rest.split(end).next()).map(str::to_owned)
        };
        let path = after("\"$API", '"').unwrap().replace("$DRAFT", &draft);
        let body: Option<Value> = after("-d '", '\'').map(|text| serde_json::from_str(&text).unwrap());
        let is_patch = command.contains("-X PATCH");
        let method = if is_patch {
            Method::PATCH
        } else if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = lead.request(method, &path);
        if let Some(version) = after("If-Match: ", '\'') {
            request = request.header("If-Match", version);
        }
        if command.contains("Idempotency-Key") {
            request = request.header("Idempotency-Key", format!("\"{}\"", new_key()));
        }
        if let (Some(media_type), Some(body)) = (after("Content-Type: ", '\''), &body) {
            request = request.header("Content-Type", media_type).body(body.to_string());
        }
        let reply = lead.send(request).await;
        assert!([200, 201].contains(&reply.status), "{command}: {}", reply.text);
        if reply.status == 201 {
            draft = reply.id();
        } else if path.ends_with("/check") {
            assert!(reply.body["issues"].as_array().unwrap().len() > 3, "{}", reply.text);
        }
    }
    let changed = lead.get(&format!("/registrations/{draft}")).await.expect(200);
    assert_eq!((changed.version(), &changed.body["content"]["eventDate"]), (2, &json!("2026-06-01")));
}

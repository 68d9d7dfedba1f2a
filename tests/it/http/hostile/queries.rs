//! Query strings.

use insula_tests::{Client, Reply, data, operations::operations};

use super::{Target, raw, shown, well_refused};

/// SYS-04: every operation refuses all unknown query parameters by name, without echoing their values.
#[actix_web::test]
async fn unknown_query_parameters_are_refused_by_name() {
    let target = Target::start().await;
    let before = target.app.dump();
    for operation in operations() {
        let caller = operation.caller(&target.app);
        for (query, names) in [
            ("colour=red", vec!["colour"]),
            ("colour", vec!["colour"]),
            ("a=1&b=2&a=3", vec!["a", "a", "b"]),
            ("Status=open", vec!["Status"]),
            ("x%5B%5D=1", vec!["x[]"]),
            ("x%00=1", vec!["x\0"]),
        ] {
            let mut objects = target.objects.clone();
            objects.person = 400;
            let path = format!("{}?{query}", operation.path_to(&objects));
            let request = operation.request(&caller, &objects).build().unwrap();
            let headers = request.headers().clone();
            let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec();
            let request = caller.request(operation.method.clone(), &path).headers(headers).body(body);
            let reply = caller.send(request).await;
            let what = format!("{}?{query}: {}", operation.name, reply.text);
            well_refused(&what, &reply);
            let expected: Vec<_> = names.iter().map(|name| format!("{name}:unknownField")).collect();
            assert_eq!(reply.faults(), expected, "{what}");
            assert_eq!(reply.body["issues"][0]["in"], "query", "{what}");
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// SYS-04, BEN-04: any value of a query parameter is accepted or refused by its name, never with a 500, and a national
/// number in it is not echoed.
#[actix_web::test]
async fn garbage_in_query_parameters_is_refused_by_name() {
    let target = Target::start().await;
    let niss = data::niss(77);
    let long = "a".repeat(5000);
    let junk = [
        "",
        "%00",
        "%ff",
        "%c0%80",
        "%ed%a0%80",
        "%F0%9F%98%80",
        "%",
        "%zz",
        "%2",
        "+",
        "-1",
        "0",
        "201",
        "1e400",
        "NaN",
        "99999999999999999999",
        "1-1",
        "18446744073709551616-1",
        "18446744073709551615-9223372036854775808",
        "-",
        "--1",
        "1-",
        "%27%20OR%201%3D1",
        "%0d%0aX-Evil%3A%201",
        "%E2%80%AE",
        "null",
        "2026-06-15T00:00:00Z",
        "2026-06-15",
        "9999999-01-01T00:00:00Z",
        "-9999-01-01T00:00:00Z",
        "%2B262142-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-30T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "0001-01-01",
        "9999-12-31",
        "0000-01-01",
        "{}",
        "open,open",
        &long,
        &niss,
    ];
    for operation in operations() {
        let caller = operation.caller(&target.app);
        for name in &operation.query {
            for value in junk {
                let path = format!("{}?{name}={value}", operation.path_to(&target.objects));
                let mut headers =
                    vec![("Authorization", format!("Bearer {}", caller.token.clone().unwrap_or_default()))];
                if operation.needs_version {
                    headers.push(("If-Match", "\"99\"".to_owned()));
                }
                // On a raw socket, because a client library would correct malformed requests.
                let reply = raw::ask(&target.app, operation.method.as_str(), &path, &headers);
                let what = format!("{}?{name}={}: {}", operation.name, shown(value), reply.text);
                assert!(reply.status < 500, "{what}");
                if reply.status == 400 {
                    well_refused(&what, &reply);
                    assert!(reply.faults().iter().all(|fault| fault.starts_with(name.as_str())), "{what}");
                }
                assert!(!reply.headers.contains_key("x-evil"), "{what}");
            }
            for twice in [format!("{name}=1&{name}=1"), format!("{name}=&{name}="), format!("{name}=&{name}=1")] {
                let path = format!("{}?{twice}", operation.path_to(&target.objects));
                let reply = caller.send(operation_request(&operation.method, &caller, &path)).await;
                let what = format!("{}?{twice}: {}", operation.name, reply.text);
                assert!(reply.status < 500, "{what}");
                if reply.status == 400 {
                    well_refused(&what, &reply);
                }
            }
        }
    }
}

fn operation_request(method: &reqwest::Method, caller: &Client, path: &str) -> reqwest::RequestBuilder {
    caller.request(method.clone(), path).header("If-Match", "\"99\"")
}

/// SYS-04: a page size outside the limits is refused with the limits.
#[actix_web::test]
async fn a_page_size_outside_the_limits_is_refused() {
    let target = Target::start().await;
    for operation in operations().into_iter().filter(|one| one.query.contains(&"pageSize".to_owned())) {
        let caller = operation.caller(&target.app);
        let path = operation.path_to(&target.objects);
        for size in ["0", "-1", "201", "x", "1.5", "99999999999"] {
            let reply: Reply = caller.get(&format!("{path}?pageSize={size}")).await;
            let reply = reply.expect_problem(400, "badRequest");
            assert_eq!(reply.faults(), ["pageSize:outOfRange"], "{}", operation.name);
            assert!(reply.body["issues"][0]["detail"].as_str().unwrap().contains("200"), "{}", reply.text);
        }
        caller.get(&format!("{path}?pageSize=200")).await.expect(200);
    }
}

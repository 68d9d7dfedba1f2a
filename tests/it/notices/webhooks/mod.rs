//! Webhooks: subscriptions, events and their delivery.

mod addresses;
mod counters;
mod events;
mod fairness;
mod order;
mod retries;
mod sending;
mod subscriptions;

use insula_domain::actor::Role;
use insula_tests::{Client, Reply, TestApp, app::HOSPITAL_A};
use serde_json::Value;

fn manager(app: &TestApp) -> Client {
    app.role(Role::AccessManager, HOSPITAL_A)
}

/// Has a test event sent, and returns its identifier.
async fn ask_for_test(client: &Client, subscription: &Reply) -> String {
    let path = format!("/webhookSubscriptions/{}/test", subscription.id());
    let request =
        client.request(reqwest::Method::POST, &path).header("Idempotency-Key", insula_tests::client::new_key());
    client.send(request).await.expect(201).id()
}

/// Has an event sent again.
async fn resend(client: &Client, subscription: &Reply, event: &str) -> Reply {
    let path = format!("/webhookSubscriptions/{}/deliveries/{event}/resend", subscription.id());
    let request =
        client.request(reqwest::Method::POST, &path).header("Idempotency-Key", insula_tests::client::new_key());
    client.send(request).await
}

/// Reads a subscription.
async fn present(client: &Client, subscription: &Reply) -> Reply {
    client.get(&format!("/webhookSubscriptions/{}", subscription.id())).await.expect(200)
}

/// Reads a delivery.
async fn delivery(client: &Client, subscription: &Reply, event: &str) -> Value {
    client.get(&format!("/webhookSubscriptions/{}/deliveries/{event}", subscription.id())).await.expect(200).body
}

//! Prometheus metrics. Labels are operation names and statuses, never a path or a value.

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// The service's metrics.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    connections: IntGaugeVec,
    waiting: IntGauge,
    breakers: IntGaugeVec,
    mails_waiting: IntGauge,
    mails_parked: IntGauge,
    webhooks_waiting: IntGauge,
    webhooks_parked: IntGauge,
}

impl Metrics {
    /// Registers all metrics.
    pub fn new() -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("insula_requests_total", "Requests answered, by operation and status."),
            &["operation", "status"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("insula_request_seconds", "Time to answer, by operation.")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]),
            &["operation"],
        )?;
        let connections =
            IntGaugeVec::new(Opts::new("insula_connections", "Open database connections, by login."), &["login"])?;
        let waiting = IntGauge::new("insula_deliveries_waiting", "Deliveries not yet acknowledged.")?;
        let breakers = IntGaugeVec::new(
            Opts::new(
                "insula_breaker_open",
                "1 while deliveries to an unresponsive recipient are suspended, by recipient.",
            ),
            &["recipient"],
        )?;
        let mails_waiting = IntGauge::new("insula_mails_waiting", "Threshold e-mails not yet sent.")?;
        let mails_parked = IntGauge::new(
            "insula_mails_parked",
            "Threshold e-mails no longer retried although a recipient lacks them: an operator has to act.",
        )?;
        let webhooks_waiting =
            IntGauge::new("insula_webhook_deliveries_waiting", "Events that a subscriber has not acknowledged yet.")?;
        let webhooks_parked = IntGauge::new(
            "insula_webhook_deliveries_parked",
            "Events no longer retried until the subscriber resends them.",
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        registry.register(Box::new(waiting.clone()))?;
        registry.register(Box::new(breakers.clone()))?;
        registry.register(Box::new(mails_waiting.clone()))?;
        registry.register(Box::new(mails_parked.clone()))?;
        registry.register(Box::new(webhooks_waiting.clone()))?;
        registry.register(Box::new(webhooks_parked.clone()))?;
        Ok(Metrics {
            registry,
            requests,
            seconds,
            connections,
            waiting,
            breakers,
            mails_waiting,
            mails_parked,
            webhooks_waiting,
            webhooks_parked,
        })
    }

    /// Records an answered request.
    pub fn answered(&self, operation: &str, status: u16, seconds: f64) {
        self.requests.with_label_values(&[operation, &status.to_string()]).inc();
        self.seconds.with_label_values(&[operation]).observe(seconds);
    }

    /// Records the number of open connections of a login.
    pub fn connections(&self, login: &str, open: u32) {
        self.connections.with_label_values(&[login]).set(i64::from(open));
    }

    /// Records how many deliveries wait.
    pub fn waiting(&self, waiting: i64) {
        self.waiting.set(waiting);
    }

    /// Records whether deliveries to a recipient are suspended.
    pub fn breaker(&self, recipient: &str, open: bool) {
        self.breakers.with_label_values(&[recipient]).set(i64::from(open));
    }

    /// Records how many threshold e-mails wait and how many are parked.
    pub fn mails(&self, waiting: i64, parked: i64) {
        self.mails_waiting.set(waiting);
        self.mails_parked.set(parked);
    }

    /// Records how many events wait for their subscribers and how many are parked.
    pub fn webhooks(&self, waiting: i64, parked: i64) {
        self.webhooks_waiting.set(waiting);
        self.webhooks_parked.set(parked);
    }

    /// All metrics in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing to a Vec cannot fail.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}

//! Invariants of any history, checked in the database (INV-E1 to INV-E3, INV-K1 to INV-K3, INV-K6, INV-K8, INV-T1).

use crate::TestApp;

/// Each query counts violations.
const NONE: [(&str, &str); 14] = [
    (
        "INV-E1: what is announced is a threshold that was reached",
        "SELECT count(*) AS n FROM insula.thresholds_reached t WHERE t.figure < t.threshold OR t.threshold NOT IN (
             SELECT generate_series(350, 400, 10) WHERE t.counter = 'A'
             UNION ALL SELECT generate_series(40, 60, 5) WHERE t.counter = 'B')",
    ),
    (
        "INV-E2: one mail for each threshold and hospital adhered on its day, with its figure, under a Message-ID of its own",
        "SELECT (SELECT count(*) FROM insula.mails m JOIN insula.thresholds_reached t USING (counter, year, threshold)
                 WHERE (m.figure, m.day) IS DISTINCT FROM (t.figure, t.day))
             + (SELECT count(*) FROM insula.thresholds_reached t JOIN insula.hospitals h
                     ON h.adhered_from <= t.day AND (h.adhered_to IS NULL OR t.day <= h.adhered_to)
                 WHERE 1 <> (SELECT count(*) FROM insula.mails m WHERE m.hospital = h.number
                     AND (m.counter, m.year, m.threshold) = (t.counter, t.year, t.threshold)))
             + (SELECT count(message_id) - count(DISTINCT message_id) FROM insula.mails) AS n",
    ),
    (
        "INV-E3: no mail holds anything of a registration",
        "SELECT count(*) AS n FROM insula.mails m JOIN insula.registrations r
             ON strpos(m.subject || m.body || encode(m.message, 'escape'), r.code) > 0
                OR strpos(m.subject || m.body, r.id::text) > 0 OR strpos(m.subject || m.body, r.technical_id::text) > 0",
    ),
    (
        "INV-K1: a code is given once, for ever",
        "SELECT count(code) - count(DISTINCT code) AS n FROM insula.registrations",
    ),
    (
        "INV-K2: the code of a registration never changes",
        "SELECT count(*) AS n FROM (SELECT subject FROM trail.events
             WHERE subject LIKE 'registration:%' AND body::jsonb #>> '{details,code}' IS NOT NULL
             GROUP BY subject HAVING count(DISTINCT body::jsonb #>> '{details,code}') > 1) AS changed",
    ),
    (
        "INV-K3: a code exists exactly when it was ever validated",
        "SELECT count(*) AS n FROM insula.registrations r WHERE (r.code IS NOT NULL) <> EXISTS
             (SELECT 1 FROM insula.registration_versions v WHERE v.registration_id = r.id AND v.command = 'submit')",
    ),
    (
        "INV-K6: the status follows declared edges only, and no version is missing",
        "SELECT count(*) AS n FROM (SELECT command, status::text AS status, version,
                 lag(status::text, 1, '') OVER w AS before, lag(version, 1, 0) OVER w AS version_before
             FROM insula.registration_versions WINDOW w AS (PARTITION BY registration_id ORDER BY version)) AS steps
         WHERE version <> version_before + 1 OR (before, command, status) NOT IN (
             ('', 'create', 'open'), ('open', 'save', 'open'), ('open', 'submit', 'sending'),
             ('open', 'delete', 'deleted'), ('sending', 'acknowledge', 'submitted'),
             ('sending', 'refuse', 'correctionsNeeded'), ('submitted', 'exceed', 'correctionsNeeded'),
             ('submitted', 'reopen', 'open'), ('correctionsNeeded', 'reopen', 'open'))",
    ),
    (
        "INV-K8: each registration stands as its last version says",
        "SELECT count(*) AS n FROM insula.registrations r WHERE NOT EXISTS
             (SELECT 1 FROM insula.registration_versions v WHERE v.registration_id = r.id AND v.version = r.version
                AND v.status = r.status AND v.version = (SELECT max(version) FROM insula.registration_versions w
                    WHERE w.registration_id = r.id))",
    ),
    (
        "INV-C1, CNT-08: no counter holds more than its limit, and no place twice",
        "SELECT count(*) AS n FROM (SELECT counter, count(*) AS held, count(DISTINCT place) AS places, max(place) AS highest
             FROM insula.registrations WHERE place IS NOT NULL GROUP BY counter, counter_year) AS counters
         WHERE held <> places OR highest > CASE counter WHEN 'A' THEN 400 ELSE 60 END",
    ),
    (
        "INV-C4, CNT-01: only first implantations of sensors under a counted pair hold a place",
        "SELECT count(*) AS n FROM insula.registrations WHERE place IS NOT NULL
             AND NOT (type = 'firstImplantation' AND has_sensor AND pair IN ('174370-174381', '174495-174506'))",
    ),
    (
        "INV-C6: only nights find a counter exceeded, and what they decided about is as they said",
        "SELECT count(*) AS n FROM insula.registration_versions v WHERE command = 'exceed' AND changed_by <> 'night' AND NOT EXISTS
             (SELECT FROM insula.night_decisions d WHERE d.registration_id = v.registration_id AND d.version = v.version - 1
                AND d.verdict = 'exceeded')",
    ),
    (
        "INV-C7: whoever was decided about holds a place, was refused, or was validated anew or deleted since",
        "SELECT count(*) AS n FROM insula.registrations r
         WHERE r.status = 'submitted' AND r.counter IS NOT NULL AND r.decided_on IS NOT NULL AND r.place IS NULL",
    ),
    (
        "INV-T1: what is submitted was delivered in the version that was acknowledged",
        "SELECT count(*) AS n FROM insula.registrations r WHERE r.status = 'submitted' AND NOT EXISTS
             (SELECT 1 FROM coded.deliveries d WHERE d.technical_id = r.technical_id AND d.version = r.version - 1)",
    ),
    (
        "INV-T1: what Healthdata acknowledged stands in the coded store, and nothing else when it is outside",
        "SELECT count(*) AS n FROM coded.acknowledgements a FULL JOIN coded.deliveries d
             ON (d.technical_id, d.version) = (a.technical_id, a.version)
         WHERE EXISTS (SELECT 1 FROM coded.acknowledgements) AND (a.technical_id IS NULL OR d.technical_id IS NULL)",
    ),
];

impl TestApp {
    /// Fails if the database violates an invariant.
    #[track_caller]
    pub fn assert_invariants(&self) {
        for (name, contradictions) in NONE {
            assert_eq!(self.count(contradictions), 0, "{name}");
        }
    }
}

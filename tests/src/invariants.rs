//! What must hold after any history, asked of the database (INV-E1 to INV-E3, INV-K1 to
//! INV-K3, INV-K6, INV-K8, INV-T1).

use crate::TestApp;

/// Each query counts what contradicts.
const NONE: [(&str, &str); 9] = [
    (
        "INV-E1: what is announced is a threshold that was reached, and each once",
        "SELECT count(*) AS n FROM insula.announcements a WHERE a.figure < a.threshold OR a.threshold NOT IN (
             SELECT generate_series(350, 400, 10) WHERE a.counter = 'A'
             UNION ALL SELECT generate_series(40, 60, 5) WHERE a.counter = 'B')
           OR (a.counter = 'A') <> (a.year = 0)
           OR 1 < (SELECT count(*) FROM insula.announcements b WHERE (b.counter, b.year, b.threshold) = (a.counter, a.year, a.threshold))",
    ),
    (
        "INV-E2: one mail for each announcement and hospital adhered on its day, under a Message-ID of its own",
        "SELECT (SELECT count(*) FROM insula.announcements a JOIN insula.hospitals h
                     ON h.adhered_from <= a.day AND (h.adhered_to IS NULL OR a.day <= h.adhered_to)
                 LEFT JOIN insula.mails m USING (counter, year, threshold)
                 WHERE m.hospital = h.number AND (m.figure, m.day) IS DISTINCT FROM (a.figure, a.day))
             + (SELECT count(*) FROM insula.announcements a JOIN insula.hospitals h
                     ON h.adhered_from <= a.day AND (h.adhered_to IS NULL OR a.day <= h.adhered_to)
                 WHERE 1 <> (SELECT count(*) FROM insula.mails m WHERE m.hospital = h.number
                     AND (m.counter, m.year, m.threshold) = (a.counter, a.year, a.threshold)))
             + (SELECT count(message_id) - count(DISTINCT message_id) FROM insula.mails) AS n",
    ),
    (
        "INV-E3: no mail names a person of the registry: no code, no technical id, no date but the night's",
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
        "INV-T1: what is submitted was delivered in the version that was acknowledged",
        "SELECT count(*) AS n FROM insula.registrations r WHERE r.status = 'submitted' AND NOT EXISTS
             (SELECT 1 FROM coded.deliveries d WHERE d.technical_id = r.technical_id AND d.version = r.version - 1)",
    ),
];

impl TestApp {
    /// Fails when the database holds what no history may lead to.
    #[track_caller]
    pub fn assert_invariants(&self) {
        for (name, contradictions) in NONE {
            assert_eq!(self.count(contradictions), 0, "{name}");
        }
    }
}

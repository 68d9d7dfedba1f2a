-- Imports and e-mails take turns by hospital: the next is of the one whose last is longest ago.
CREATE INDEX registration_imports_turns ON insula.registration_imports (hospital, turn_at DESC) WHERE started_at IS NOT NULL;
CREATE INDEX mails_turns ON insula.mails (hospital, sent_at DESC) WHERE sent_at IS NOT NULL;

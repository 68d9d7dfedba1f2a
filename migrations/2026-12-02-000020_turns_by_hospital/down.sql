DROP INDEX insula.mails_turns;
DROP INDEX insula.registration_imports_turns;

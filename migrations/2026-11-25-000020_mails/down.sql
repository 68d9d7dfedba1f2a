DROP TABLE insula.mails, insula.mail_recipients;
DROP TYPE insula.mail_state;

DROP TABLE insula.mails, insula.announcements, insula.mail_recipients;
DROP TYPE insula.mail_state;

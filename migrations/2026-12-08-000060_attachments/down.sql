DROP TABLE vault.coverage_attachments;

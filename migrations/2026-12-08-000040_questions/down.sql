DROP TABLE vault.coverage_answers;
DROP TABLE vault.coverage_questions;

DROP FUNCTION insula.billing_income(date, date, text);

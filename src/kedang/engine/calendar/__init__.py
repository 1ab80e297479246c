"""The calendar that due dates go by: a table of days, year by year, published or not."""

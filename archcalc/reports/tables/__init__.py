"""A report, laws and a sweep as tables to paste: one model of a table, and a view for each format."""

"""The event log, the read models derived from it, and the queries and reports on them."""

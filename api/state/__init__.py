"""State that is kept rather than derived: people, users, keys, sessions, imports, settings. It lives beside the log."""

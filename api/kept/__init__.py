"""What is kept rather than derived: people, users, keys, sign-in links, sessions, imports. It lies beside the log."""

"""State that cannot be derived from events: people, users, keys, sessions, imports, settings.

Stored next to the log.
"""

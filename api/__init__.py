"""The HTTP API, and the stored state that cannot be derived from events."""

"""Alembic migrations of the state tables. A released migration is never edited."""

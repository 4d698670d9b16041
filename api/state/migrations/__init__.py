"""Migrations of the kept tables. Each one is a step that is never edited once released."""

"""Imports: whole histories from a file, each line checked against what the lines before it made."""

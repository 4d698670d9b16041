"""Backups: a firm's whole store in one file, and back, on either database."""

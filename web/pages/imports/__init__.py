"""Importing files, step by step, and the imports that were made."""

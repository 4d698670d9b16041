"""Reads CSV files and workbooks into the lines that JSON Lines files have."""

"""Imports of histories from files. Each line is checked in the state that the earlier lines lead to."""

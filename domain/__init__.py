"""What may happen: the language, the rules and the aggregates of fractional technology leadership."""

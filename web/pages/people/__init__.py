"""Pages of people: the list, one person, erasure, and form fields that find a person by name."""

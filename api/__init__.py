"""The HTTP contract, and the state that is kept rather than derived."""

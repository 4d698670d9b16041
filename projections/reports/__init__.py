"""Reports on the whole portfolio, one per file: the rows as frozen dataclasses, and the function that computes them."""

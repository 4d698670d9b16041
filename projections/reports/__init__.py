"""Questions about the whole portfolio, one a file: its rows as frozen dataclasses, and the function that answers."""

"""The board report: what it says (a file for the portfolio, one for a client), how it is painted, and its press."""

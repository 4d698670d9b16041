"""Pages, charts, the command line and the composition root."""

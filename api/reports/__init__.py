"""Reports over HTTP: one file per report, and what they share."""

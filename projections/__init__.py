"""What is known: the log of events, the read models derived from it, and the questions they answer."""

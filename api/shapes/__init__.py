"""What bodies look like: the words of the domain as JSON."""

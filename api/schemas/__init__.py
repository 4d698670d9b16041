"""Request and response bodies: the words of the domain as JSON."""

"""Pages about warning signs."""

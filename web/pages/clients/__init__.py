"""Pages of clients: the list, one client with its timeline, registration, profile and the shared timeline."""

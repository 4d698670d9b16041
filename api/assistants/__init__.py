"""Assistants: the Model Context Protocol at `/mcp`, over the routes of the API. Needs the extra `mcp`."""

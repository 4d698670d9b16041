"""The board report: contents (portfolio and one client), layout, and rendering to PDF."""

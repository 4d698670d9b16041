"""Webhooks: which events go where, when they are sent again, and how a request is sent safely."""

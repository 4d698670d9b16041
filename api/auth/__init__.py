"""Who calls and what they may do: access, sign-in, single sign-on, users, API keys, passwords, rate limits."""

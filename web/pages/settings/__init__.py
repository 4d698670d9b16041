"""Pages under Settings: account, appearance, the firm, users, keys, share links, saved views, audit."""

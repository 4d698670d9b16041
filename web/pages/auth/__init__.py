"""Pages to sign in: password, one-time link and single sign-on."""

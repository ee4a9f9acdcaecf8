"""Tokens and the passphrase: where they come from and where they are kept."""

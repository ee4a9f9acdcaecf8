"""The local state store of a migration."""

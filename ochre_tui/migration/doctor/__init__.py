"""The machine's fitness for a migration: what this machine is, has and reaches."""

"""The embedded workspace: Ochre in SQLite, on this machine."""

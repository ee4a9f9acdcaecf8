"""The audit log: what stands in it, and adding to it, which only a session does."""

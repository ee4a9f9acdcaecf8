"""The report on a migration: gathered from the store, the target and the last verification; written in four formats."""

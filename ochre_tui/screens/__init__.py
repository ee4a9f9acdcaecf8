"""One module a step of the migration, and what the steps share."""

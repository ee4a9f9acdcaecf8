"""The plan: its model, its file, what it takes in and what a change of it affects."""

"""The commands: thin, over the same functions as the app."""

"""The importer: listing, people, conversations, closing; each step restartable by itself."""

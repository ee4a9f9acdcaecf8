"""A server that speaks the import API."""

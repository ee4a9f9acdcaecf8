"""The import API: documented, versioned, idempotent; its document is made from the same models that check requests."""

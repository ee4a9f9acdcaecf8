"""The source: Intercom's REST API."""

"""Verification: what Intercom had against what Ochre has, record by record, from the archive and without a request."""

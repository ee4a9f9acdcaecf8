"""Mending what an import did: attribution, fields, attachments, and taking everything out again."""

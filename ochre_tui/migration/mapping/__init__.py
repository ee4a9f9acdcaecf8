"""Admins and attributes on the way to Ochre: suggestions, decisions, CSV."""

"""Pure conversion: Intercom's records in, Ochre's records out."""

"""The target: Ochre's records and the places they can go."""

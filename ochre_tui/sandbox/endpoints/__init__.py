"""The endpoints of the simulated API, by what they answer about."""

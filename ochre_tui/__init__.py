"""Move a whole support desk from Intercom to Ochre."""

__version__ = "0.1.0"

"""The simulated Intercom: a real HTTP server with made-up but life-like data."""

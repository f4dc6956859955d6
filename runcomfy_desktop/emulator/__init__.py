"""A stand-in RunComfy on loopback: the demo, and the tests' service."""

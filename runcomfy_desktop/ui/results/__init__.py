"""Results: viewer, filmstrip, properties and file actions.

Users see the Output dock. Start with `panel`.
"""

"""Results: the viewer, the filmstrip, properties and file actions.

Users see the Output dock. Start with `panel`.
"""

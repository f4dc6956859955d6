"""Turns the editor's own workflow format into the one that is run, as the editor's export does."""

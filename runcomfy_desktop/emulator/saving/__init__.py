"""The output nodes: which files and texts a run leaves behind, and how each is written."""

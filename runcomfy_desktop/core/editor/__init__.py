"""Editor: the open draft with its undo history, seeds, pins, prompt words and source.

Users see it as the tree of inputs. Start with `draft_editor`.
"""

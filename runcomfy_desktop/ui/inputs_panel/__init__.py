"""The panel of a workflow's inputs: filter, banner, pinned inputs and tree, and their commands.

Users see it in the centre of the window while a workflow is open. Start with `inputs_panel`.
"""

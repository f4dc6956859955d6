"""The graph of the workflow: its layout on screen, painting, mouse and keyboard.

Users see the Workflow graph dock. Start with `view`.
"""

"""Drafts: their dock, the banners and reports on a workflow, and the guard against losing work.

Users see the Drafts dock, and a question when closing the window would lose changes. Start with
`drafts_controller`.
"""

"""General-purpose widgets: buttons, labels, fields, docks and dialogs, independent of any feature.

They look and behave the same everywhere in the window. Start with `dialog`.
"""

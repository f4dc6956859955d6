"""General widgets: buttons, labels, fields, docks and dialogs. They know nothing of any feature.

They look and behave the same everywhere in the window. Start with `dialog`.
"""

"""General widgets that know nothing of jobs.

Users see buttons, labels, dialogs, docks and notices that behave alike. Start with `dialog`.
"""

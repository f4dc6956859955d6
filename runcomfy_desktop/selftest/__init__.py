"""`--self-test`: checks every part of an installation and reports the results.

Users see one line for each part. One process watches; child processes do the work, one without Qt
and one for each Qt platform, because a broken part may crash or hang. Start with `checks`.
"""

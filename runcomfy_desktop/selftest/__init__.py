"""`--self-test`: a report on every part of an installation.

Users see one line for each part. One process watches and others do the work, one for each platform
of Qt: a broken part may abort or hang, and must be reported all the same. Start with `checks`.
"""

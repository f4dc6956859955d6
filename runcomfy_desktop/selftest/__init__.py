"""`--self-test`: does this installation have all its parts? Says so for each, writes it down, ends.

One process watches (`run`), others do the work (`child`), one for each platform of Qt: what is
broken may abort, or wait for ever, and must be told all the same. `parts` is the list.
"""

"""Removes PySide's import hook, immediately after the first import of PySide."""

from __future__ import annotations

import builtins


def restore_import() -> None:
    """Restores Python's own `import`.

    WORKAROUND: PySide replaces `import` for its `__feature__` switches, which are not used here.
    The hook reads the source of every imported module, searches it for "PySide6" and keeps it in
    memory: at a start that costs 30 ms and 10 MB. PySide keeps the original under
    `__orig_import__`; if a version does not, this does nothing.
    """
    original = getattr(builtins, "__orig_import__", None)
    if original is not None:
        builtins.__import__ = original

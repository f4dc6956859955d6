"""Takes PySide's hand off Python's imports, at once after the first import of PySide."""

from __future__ import annotations

import builtins


def restore_import() -> None:
    """Makes `import` Python's own again.

    WORKAROUND: PySide puts itself before `import` for its `__feature__` switches, which nothing
    here uses. From then on the source of every module that is imported is read, searched for the
    word PySide6 and kept for good: at a start that takes 30 ms and 10 MB. PySide leaves the
    original beside its own; where it ever does not, this does nothing.
    """
    original = getattr(builtins, "__orig_import__", None)
    if original is not None:
        builtins.__import__ = original

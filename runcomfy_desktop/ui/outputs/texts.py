"""Text results for the eye: read off-thread, cut where a text view would choke on them."""

from __future__ import annotations

from pathlib import Path

MAX_LETTERS = 256 * 1024
# Laying out one line costs the square of its length: a quarter of a million letters stop the
# window for seconds, the same letters in lines of this length for milliseconds.
MAX_LINE = 2000


def presentable(text: str) -> str:
    """`text` as it is shown; what is copied or saved is always the whole and unbroken text."""
    shown = _with_short_lines(text[:MAX_LETTERS])
    return shown if len(text) <= MAX_LETTERS else shown + "\n…"


def read_text(path: str) -> str | None:
    """Runs in a thread; the presentable text of a file, None when there is no file."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(MAX_LETTERS + 1)
    except OSError:
        return None
    shown = _with_short_lines(head[:MAX_LETTERS].decode("utf-8", "replace"))
    return shown if len(head) <= MAX_LETTERS else shown + "\n…"


def _with_short_lines(text: str) -> str:
    pieces = (
        line[start : start + MAX_LINE]
        for line in text.split("\n")
        for start in range(0, max(len(line), 1), MAX_LINE)
    )
    return "\n".join(pieces)

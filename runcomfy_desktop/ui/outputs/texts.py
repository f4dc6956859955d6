"""Text results for the eye: read off-thread, cut where a text view would choke on them."""

from __future__ import annotations

import re
from pathlib import Path

# A view takes half a millisecond for a thousand plain letters, and ten times that for a thousand
# emoji or a hundred lines.
MAX_LETTERS = 128 * 1024
MAX_LINES = 10_000
# Laying out one line costs the square of its length: a quarter of a million letters stop the
# window for seconds, the same letters in lines of this length for milliseconds.
MAX_LINE = 1000

# Whatever the view begins a new line for.
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def presentable(text: str) -> str:
    """`text` as it is shown; what is copied or saved is always the whole and unbroken text."""
    return _shown(text[:MAX_LETTERS], is_cut=len(text) > MAX_LETTERS)


def read_text(path: str) -> str | None:
    """Runs in a thread; the presentable text of a file, None when there is no file."""
    try:
        if not Path(path).is_file():
            return None
        with Path(path).open("rb") as file:
            head = file.read(MAX_LETTERS + 1)
    except OSError:
        return None
    text = head[:MAX_LETTERS].decode("utf-8", "replace")
    return _shown(text, is_cut=len(head) > MAX_LETTERS)


def _shown(text: str, *, is_cut: bool) -> str:
    lines = _BREAKS.sub("\n", text).split("\n", MAX_LINES)
    pieces = [
        line[start : start + MAX_LINE]
        for line in lines[:MAX_LINES]
        for start in range(0, max(len(line), 1), MAX_LINE)
    ]
    if is_cut or len(lines) > MAX_LINES:
        pieces.append("…")
    return "\n".join(pieces)

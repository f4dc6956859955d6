"""Text results for the eye: read off-thread, cut where a text view would choke on them."""

from __future__ import annotations

import re
from pathlib import Path

# A view takes half a millisecond for a thousand plain letters, and ten times that for a thousand
# emoji or a hundred lines.
MAX_CHARS = 128 * 1024
MAX_LINES = 10_000
# Laying out one line costs the square of its length: a quarter of a million letters stop the
# window for seconds, the same letters in lines of this length for milliseconds.
MAX_LINE_CHARS = 1000

# Whatever the view begins a new line for.
_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def display_text(text: str) -> str:
    """`text` as it is shown; what is copied or saved is always the whole and unbroken text."""
    return _bounded_text(text[:MAX_CHARS], is_cut=len(text) > MAX_CHARS)


def read_text(path: str) -> str | None:
    """Runs in a thread; the presentable text of a file, None when there is no file."""
    try:
        if not Path(path).is_file():
            return None
        with Path(path).open("rb") as file:
            head = file.read(MAX_CHARS + 1)
    except OSError:
        return None
    text = head[:MAX_CHARS].decode("utf-8", "replace")
    return _bounded_text(text, is_cut=len(head) > MAX_CHARS)


def _bounded_text(text: str, *, is_cut: bool) -> str:
    lines = _LINE_BREAKS.sub("\n", text).split("\n", MAX_LINES)
    chunks = [
        line[start : start + MAX_LINE_CHARS]
        for line in lines[:MAX_LINES]
        for start in range(0, max(len(line), 1), MAX_LINE_CHARS)
    ]
    if is_cut or len(lines) > MAX_LINES:
        chunks.append("…")
    return "\n".join(chunks)

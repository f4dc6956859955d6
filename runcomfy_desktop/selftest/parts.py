"""The parts that are looked at, by the process that does it.

A part is named by the function that looks at it: it takes an empty folder and returns what there
is, in words, or raises. By name, so that a module that is missing fails its own part only.
"""

from __future__ import annotations

from dataclasses import dataclass

WITHOUT_WINDOW = "without a window"


@dataclass(frozen=True, slots=True)
class Part:
    """What is looked at, and by which function, as `module:function` of this package."""

    name: str
    check: str


_APART = (
    Part("metadata", "installation:metadata"),
    Part("licence texts", "installation:licence_texts"),
    Part("resources", "resources:resources"),
    Part("workflows", "resources:workflows"),
    Part("presets", "resources:presets"),
    Part("modules", "modules:modules"),
    Part("Python's own parts", "native:quick"),
    Part("drawing", "drawing:drawing"),
    Part("history", "records:records"),
    Part("keyring", "keys:keys"),
    Part("certificates", "network:certificates"),
    Part("TLS", "network:handshake"),
    Part("demo service", "service:service"),
    # Last, when all that is used is there.
    Part("libraries", "native:libraries"),
)
_ON_A_PLATFORM = (
    Part("platform", "screen:screen"),
    Part("text", "letters:letters"),
    Part("window", "windows:windows"),
    Part("libraries of Qt", "native:libraries"),
)
_QT = (
    Part("Qt plugins", "plugins:plugins"),
    Part("picture formats", "pictures:pictures"),
    Part("icons", "drawings:drawings"),
    Part("style sheet", "drawings:style_sheet"),
    Part("event loop", "turning:turning"),
)


def parts_of(group: str, *, is_first: bool) -> tuple[Part, ...]:
    """The parts of a group: WITHOUT_WINDOW, or a platform of Qt. What is the same on all of those
    is looked at on the first."""
    if group == WITHOUT_WINDOW:
        return _APART
    return _ON_A_PLATFORM[:1] + _QT + _ON_A_PLATFORM[1:] if is_first else _ON_A_PLATFORM

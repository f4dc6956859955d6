"""The parts that are looked at, by the process that does it.

A part is named by the function that looks at it: it takes an empty folder and returns what there
is, in words, or raises. By name, so that a module that is missing fails its own part only.
"""

from __future__ import annotations

from dataclasses import dataclass

WITHOUT_WINDOW = "without a window"


@dataclass(frozen=True, slots=True)
class SelfTestCheck:
    """What is looked at, and by which function, as `module:function` of this package."""

    name: str
    function: str


_WITHOUT_QT = (
    SelfTestCheck("metadata", "installation:metadata"),
    SelfTestCheck("licence texts", "installation:licence_texts"),
    SelfTestCheck("resources", "bundled_files:bundled_files"),
    SelfTestCheck("workflows", "bundled_files:workflows"),
    SelfTestCheck("presets", "bundled_files:presets"),
    SelfTestCheck("modules", "module_imports:module_imports"),
    SelfTestCheck("Python's own parts", "native_libraries:compiled_modules"),
    SelfTestCheck("drawing", "pillow_formats:pillow_formats"),
    SelfTestCheck("history", "sqlite_check:sqlite_features"),
    SelfTestCheck("keyring", "keyring_check:keyring_backend"),
    SelfTestCheck("certificates", "tls:certificates"),
    SelfTestCheck("TLS", "tls:handshake"),
    SelfTestCheck("demo service", "demo_service_run:demo_service"),
    # Last, when all that is used is there.
    SelfTestCheck("libraries", "native_libraries:libraries"),
)
_PER_PLATFORM = (
    SelfTestCheck("platform", "qt_platform:qt_platform"),
    SelfTestCheck("text", "fonts:fonts"),
    SelfTestCheck("window", "main_window_check:main_window"),
    SelfTestCheck("libraries of Qt", "native_libraries:libraries"),
)
_ONCE_WITH_QT = (
    SelfTestCheck("Qt plugins", "qt_plugins:qt_plugins"),
    SelfTestCheck("picture formats", "qt_image_formats:qt_image_formats"),
    SelfTestCheck("icons", "icon_check:icon_rendering"),
    SelfTestCheck("style sheet", "icon_check:style_sheet"),
    SelfTestCheck("event loop", "event_loop:event_loop"),
)


def checks_of(group: str, *, is_first: bool) -> tuple[SelfTestCheck, ...]:
    """The parts of a group: WITHOUT_WINDOW, or a platform of Qt. What is the same on all of those
    is looked at on the first."""
    if group == WITHOUT_WINDOW:
        return _WITHOUT_QT
    return _PER_PLATFORM[:1] + _ONCE_WITH_QT + _PER_PLATFORM[1:] if is_first else _PER_PLATFORM

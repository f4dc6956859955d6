"""List of all checks, grouped by the process that runs them.

A check names its function, which takes an empty folder and returns a description, or raises. The
function is imported only when the check runs, so a missing module fails only its own check.
"""

from __future__ import annotations

from dataclasses import dataclass

WITHOUT_WINDOW = "without a window"


@dataclass(frozen=True, slots=True)
class SelfTestCheck:
    """Check of one part; `function` is `module:function` in this package."""

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
    # Last, when all libraries that are used have been loaded.
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
    """Returns the checks of a group: WITHOUT_WINDOW, or a Qt platform.

    Checks with the same result on all platforms run only on the first.
    """
    if group == WITHOUT_WINDOW:
        return _WITHOUT_QT
    return _PER_PLATFORM[:1] + _ONCE_WITH_QT + _PER_PLATFORM[1:] if is_first else _PER_PLATFORM

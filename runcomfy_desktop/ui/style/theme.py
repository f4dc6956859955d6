"""Colours, spacing and palettes: the only module that defines the program's appearance.

It is imported for the first frame, so `Qt`, whose hundred enums take 10 ms, is imported only where
it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QPalette

from runcomfy_desktop.assets import asset
from runcomfy_desktop.domain.settings import ThemeMode

if TYPE_CHECKING:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QFont
    from PySide6.QtWidgets import QApplication

STEP = 4
"""All distances are multiples of this number of logical pixels."""
ROW_HEIGHT = 36
RADIUS = 5


@dataclass(frozen=True, slots=True)
class Colours:
    """Named colour roles as `#rrggbb`; `name` is the name of the palette.

    The colours of texts and states meet WCAG AA on window, panel, field and the selected row
    (accent_soft). On `mark`, the background of search matches, only `text` is used.
    """

    window: str
    panel: str
    field: str
    line: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_soft: str
    mark: str
    ok: str
    warning: str
    error: str
    name: str


LIGHT = Colours(
    window="#ffffff",
    panel="#f1f3f6",
    field="#f7f8fa",
    line="#dfe3e9",
    text="#1b2330",
    muted="#5c6675",
    accent="#245fe6",
    accent_text="#ffffff",
    accent_soft="#e4ecfb",
    mark="#c9dcff",
    ok="#157739",
    warning="#a65300",
    error="#bc2a24",
    name="light",
)

DARK = Colours(
    window="#1e2124",
    panel="#25292d",
    field="#2a2e34",
    line="#363b42",
    text="#e7eaee",
    muted="#a0a8b3",
    accent="#709dff",
    accent_text="#10151d",
    accent_soft="#253650",
    mark="#34548a",
    ok="#4cc47c",
    warning="#e5a24d",
    error="#f4796f",
    name="dark",
)


def colours(palette: QPalette) -> Colours:
    """Returns the colour roles that belong to a widget's palette."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def palette_for(roles: Colours) -> QPalette:
    """Returns a Qt palette with the program's colours, for standard widgets."""
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in {
        role.Window: roles.window,
        role.Base: roles.field,
        role.AlternateBase: roles.panel,
        role.Button: roles.field,
        role.ToolTipBase: roles.panel,
        role.Text: roles.text,
        role.WindowText: roles.text,
        role.ButtonText: roles.text,
        role.ToolTipText: roles.text,
        role.BrightText: roles.error,
        role.PlaceholderText: roles.muted,
        role.Highlight: roles.accent,
        role.HighlightedText: roles.accent_text,
        role.Accent: roles.accent,
        role.Link: roles.accent,
        role.LinkVisited: roles.accent,
        role.Light: roles.panel,
        role.Midlight: roles.line,
        role.Mid: roles.line,
        role.Dark: roles.line,
        role.Shadow: roles.line,
    }.items():
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(roles.muted))
    return palette


def scaled(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """Returns `font` scaled by `factor`: text sizes follow the system's font."""
    changed = type(font)(font)
    if font.pointSizeF() > 0:
        changed.setPointSizeF(font.pointSizeF() * factor)
    else:
        changed.setPixelSize(max(1, round(font.pixelSize() * factor)))
    changed.setBold(bold)
    return changed


def colours_for_setting(app: QApplication, theme: ThemeMode) -> Colours:
    """Returns the colour roles for a setting; SYSTEM follows the desktop's colour scheme."""
    from PySide6.QtCore import Qt

    if theme is ThemeMode.SYSTEM:
        dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme is ThemeMode.DARK else LIGHT


def apply_initial(app: QApplication, theme: ThemeMode) -> None:
    """Applies the colours of the first frame at almost no cost.

    With SYSTEM, the palette that Qt has from the desktop shows whether the desktop is dark.
    """
    fixed = {ThemeMode.LIGHT: LIGHT, ThemeMode.DARK: DARK}.get(theme)
    app.setPalette(palette_for(fixed or colours(app.palette())))


def apply(app: QApplication, theme: ThemeMode) -> None:
    """Applies a theme to the whole program; SYSTEM follows the desktop's colour scheme."""
    follower = app.findChild(_SchemeFollower)
    if follower is None:
        follower = _SchemeFollower(app)
    follower.follow(theme)


def style_sheet(roles: Colours) -> str:
    """Returns the few style rules that a palette cannot express, in the colours of `roles`."""
    arrow = asset(f"style/arrow-{roles.name}.svg").as_posix()
    tick = asset(f"style/tick-{roles.name}.svg").as_posix()
    names = {name: getattr(roles, name) for name in roles.__slots__}
    return Template(_template()).substitute(
        names,
        arrow=arrow,
        tick=tick,
        handle=_blend(roles.line, roles.muted),
        hover=_blend(roles.field, roles.accent_soft),
        pressed=_blend(roles.accent, roles.text, 0.15),
        radius=RADIUS,
    )


@lru_cache(maxsize=1)
def _template() -> str:
    return asset("style/window.qss").read_text(encoding="utf-8")


def _blend(one: str, other: str, ratio: float = 0.5) -> str:
    a, b = QColor(one), QColor(other)
    parts = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(x + (y - x) * ratio):02x}" for x, y in parts)


class _SchemeFollower(QObject):
    """Owns the current theme of the application; lives as long as the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._theme = ThemeMode.SYSTEM
        self._applied: Colours | None = None
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._on_hints_scheme_changed)

    def follow(self, theme: ThemeMode) -> None:
        self._theme = theme
        # Title bars belong to the system: they follow if the platform allows it.
        self._app.styleHints().setColorScheme(_scheme(theme))
        self._apply()

    def _on_hints_scheme_changed(self) -> None:
        self._apply()

    def _apply(self) -> None:
        roles = colours_for_setting(self._app, self._theme)
        if roles is self._applied:
            return
        self._applied = roles
        self._app.setPalette(palette_for(roles))
        self._app.setStyleSheet(style_sheet(roles))


def _scheme(theme: ThemeMode) -> Qt.ColorScheme:
    from PySide6.QtCore import Qt

    schemes = {ThemeMode.LIGHT: Qt.ColorScheme.Light, ThemeMode.DARK: Qt.ColorScheme.Dark}
    return schemes.get(theme, Qt.ColorScheme.Unknown)

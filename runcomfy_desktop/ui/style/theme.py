"""Colours, spacing and palettes: the one module that knows what anything looks like.

Imported for the first frame: `Qt`, whose hundred enums take 10 ms, only where it is needed.
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
"""All distances are multiples of this many logical pixels."""
ROW_HEIGHT = 36
RADIUS = 5


@dataclass(frozen=True, slots=True)
class Colours:
    """Named roles as `#rrggbb`; `name` is the palette's own.

    Text and state words meet WCAG AA on window, panel, field and the selected row (accent_soft);
    on `mark`, the ground of what was looked for, only `text` stands.
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
    """The roles that go with a widget's palette."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def palette_for(roles: Colours) -> QPalette:
    """A Qt palette made of our roles, so that ordinary widgets fit in."""
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
    """`font` at a fraction of its size: text sizes follow the system's font."""
    changed = type(font)(font)
    if font.pointSizeF() > 0:
        changed.setPointSizeF(font.pointSizeF() * factor)
    else:
        changed.setPixelSize(max(1, round(font.pixelSize() * factor)))
    changed.setBold(bold)
    return changed


def colours_for_setting(app: QApplication, theme: ThemeMode) -> Colours:
    """The roles for a setting; SYSTEM follows the desktop's scheme."""
    from PySide6.QtCore import Qt

    if theme is ThemeMode.SYSTEM:
        dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme is ThemeMode.DARK else LIGHT


def apply_initial(app: QApplication, theme: ThemeMode) -> None:
    """The colours of the first frame, by means that cost next to nothing: with SYSTEM the palette
    that Qt has from the desktop tells whether it is dark."""
    fixed = {ThemeMode.LIGHT: LIGHT, ThemeMode.DARK: DARK}.get(theme)
    app.setPalette(palette_for(fixed or colours(app.palette())))


def apply(app: QApplication, theme: ThemeMode) -> None:
    """Dresses the whole program; with SYSTEM it changes again whenever the desktop does."""
    follower = app.findChild(_SchemeFollower)
    if follower is None:
        follower = _SchemeFollower(app)
    follower.follow(theme)


def style_sheet(roles: Colours) -> str:
    """The few rules that a palette cannot express, in the colours of `roles`."""
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
    """Owns what the application wears now; lives as long as the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._theme = ThemeMode.SYSTEM
        self._applied: Colours | None = None
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._on_hints_scheme_changed)

    def follow(self, theme: ThemeMode) -> None:
        self._theme = theme
        # Title bars are the system's: they follow where the platform lets them.
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

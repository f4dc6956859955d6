"""Colours, spacing and palettes: the one module that knows what anything looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from runcomfy_desktop.domain.settings import Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

STEP = 4
"""All distances are multiples of this many logical pixels."""
ROW_HEIGHT = 36
RADIUS = 5


@dataclass(frozen=True, slots=True)
class Colours:
    """Named roles as `#rrggbb`. Text and state words meet WCAG AA on window, panel and field."""

    window: str
    panel: str
    field: str
    line: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_soft: str
    ok: str
    warning: str
    error: str


LIGHT = Colours(
    window="#ffffff",
    panel="#f1f3f6",
    field="#f7f8fa",
    line="#dfe3e9",
    text="#1b2330",
    muted="#5c6675",
    accent="#2b66ea",
    accent_text="#ffffff",
    accent_soft="#e4ecfb",
    ok="#17803d",
    warning="#a65300",
    error="#bc2a24",
)

DARK = Colours(
    window="#1e2124",
    panel="#25292d",
    field="#2a2e34",
    line="#363b42",
    text="#e7eaee",
    muted="#a0a8b3",
    accent="#5b8dff",
    accent_text="#10151d",
    accent_soft="#253650",
    ok="#4cc47c",
    warning="#e5a24d",
    error="#f4796f",
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


def wanted(app: QApplication, theme: Theme) -> Colours:
    """The roles for a setting; SYSTEM follows the desktop's scheme."""
    if theme is Theme.SYSTEM:
        dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme is Theme.DARK else LIGHT

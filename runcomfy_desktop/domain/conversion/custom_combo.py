"""The editor's list of own choices: its class has one input, the editor makes all the others."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.widgets import Form, Widget, plain

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Node
    from runcomfy_desktop.domain.json_value import Json

CLASS = "CustomCombo"
_INDEX = "index"
_MAX_OPTIONS = 500


def give_values(form: Form, values: list[Json]) -> None:
    """The choice, its place among the options, and the options, with an empty one at the end."""
    if form.widgets and values:
        form.widgets[0].value = values[0]
    form.widgets.append(plain(_INDEX, 0))
    # The editor makes the next option when one is filled, so the first empty one is the last.
    options = list(takewhile(bool, values[2 : 2 + _MAX_OPTIONS]))
    for number, value in enumerate([*options, ""], start=1):
        form.widgets.append(plain(f"option{number}", value))


def is_place(node: Node, widget: Widget) -> bool:
    """Whether the widget is the one that counts: it has no value of its own."""
    return node.type == CLASS and len(node.widgets) > 1 and widget is node.widgets[1]


def place(node: Node, choice: Json) -> int:
    """Where `choice` stands among the options, -1 when it is none of them."""
    options = [each.value for each in node.widgets[2:]]
    return next((index for index, each in enumerate(options) if each == choice), -1)

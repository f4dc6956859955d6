"""The editor's list of own choices: its class has one input, the editor makes all the others."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.widgets import NodeWidgets, Widget, plain_widget, set_widget

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import EditorNode

CLASS = "CustomCombo"
_INDEX = "index"
_MAX_OPTIONS = 500


def restore_combo(node_widgets: NodeWidgets, values: list[Json]) -> None:
    """The choice, its place among the options, and the options, with an empty one at the end."""
    node_widgets.widgets.append(plain_widget(_INDEX, 0))
    # The editor makes the next option when one is filled, so the first empty one is the last: as it
    # was saved, null too.
    saved = values[2 : 2 + _MAX_OPTIONS]
    options = list(takewhile(bool, saved))
    for number, value in enumerate([*options, *(saved[len(options) :] or [""])[:1]], start=1):
        node_widgets.widgets.append(plain_widget(f"option{number}", value))
    choice = node_widgets.widgets[0]
    choice.definition = replace(choice.definition, choices=tuple(options))
    if values:
        set_widget(node_widgets, choice, values[0])


def is_index_widget(node: EditorNode, widget: Widget) -> bool:
    """Whether the widget is the one that counts: it has no value of its own."""
    return node.type == CLASS and len(node.widgets) > 1 and widget is node.widgets[1]


def choice_index(node: EditorNode) -> int:
    """The place of the node's own choice among the options, -1 when it is none of them.

    A choice that was made outside of its subgraph does not count: the editor does not look there.
    """
    choice, options = node.widgets[0].value, [each.value for each in node.widgets[2:]]
    return next((index for index, each in enumerate(options) if each == choice), -1)

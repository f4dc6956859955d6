"""CustomCombo nodes of the editor: their class has one input; the editor adds all others."""

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
    """Restores the widgets of the choice, its index and the options, and adds an empty option."""
    node_widgets.widgets.append(plain_widget(_INDEX, 0))
    # The editor adds an option when the last one is filled, so the first empty one is the last. It
    # is kept as saved, even if it is null.
    saved = values[2 : 2 + _MAX_OPTIONS]
    options = list(takewhile(bool, saved))
    for number, value in enumerate([*options, *(saved[len(options) :] or [""])[:1]], start=1):
        node_widgets.widgets.append(plain_widget(f"option{number}", value))
    choice = node_widgets.widgets[0]
    choice.definition = replace(choice.definition, choices=tuple(options))
    if values:
        set_widget(node_widgets, choice, values[0])


def is_index_widget(node: EditorNode, widget: Widget) -> bool:
    """Returns True for the widget with the index of the choice; `choice_index` gives its value."""
    return node.type == CLASS and len(node.widgets) > 1 and widget is node.widgets[1]


def choice_index(node: EditorNode) -> int:
    """Returns the index of the node's own choice among the options, -1 if it is not one of them.

    A choice made outside of the node's subgraph does not count: the editor ignores it here.
    """
    choice, options = node.widgets[0].value, [each.value for each in node.widgets[2:]]
    return next((index for index, each in enumerate(options) if each == choice), -1)

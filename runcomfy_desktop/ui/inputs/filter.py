"""Which inputs the tree shows: a scan of our own over the draft, quick for thousands of them.

(A recursive QSortFilterProxyModel takes seconds where this takes milliseconds.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.workflow import Node
    from runcomfy_desktop.ui.models.inputs import Choice

# Far enough into a prompt; a pasted Base64 picture is not searched through at every key.
_SEARCHED = 4000


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for: words which all have to be found, and the Changed tab.

    `kept` is an input that is shown in any case, because it is being edited.
    """

    text: str = ""
    only_changed: bool = False
    kept: InputKey | None = None

    def choose(self, draft: Draft | None, title_of: Callable[[Node], str]) -> Choice | None:
        """The inputs to show; None for all of them."""
        words = self.text.casefold().split()
        if draft is None or (not words and not self.only_changed):
            return None
        choice: dict[str, tuple[str, ...]] = {}
        changed = {key.node_id for key in draft.changes}
        for node in draft.workflow.nodes.values():
            is_kept = self.kept is not None and self.kept.node_id == node.node_id
            if self.only_changed and node.node_id not in changed and not is_kept:
                continue
            names = self._names(node, draft, title_of, words)
            if names is not None:
                choice[node.node_id] = names
        return choice

    def _names(
        self, node: Node, draft: Draft, title_of: Callable[[Node], str], words: list[str]
    ) -> tuple[str, ...] | None:
        """The inputs of a node that match; None when the node itself is not shown."""
        names = [
            name
            for name in node.inputs
            if not self.only_changed or InputKey(node.node_id, name) in draft.changes
        ]
        if words:
            about = f"{title_of(node)} {node.class_type} #{node.node_id}".casefold()
            rest = [word for word in words if word not in about]
            if not rest and not self.only_changed:
                return tuple(names)
            names = [name for name in names if _found(rest, name, draft, node)]
        if self.kept is not None and self.kept.node_id == node.node_id:
            names = [each for each in node.inputs if each in names or each == self.kept.name]
        return tuple(names) if names else None


def _found(words: list[str], name: str, draft: Draft, node: Node) -> bool:
    if not words:
        return True
    value = draft.value(InputKey(node.node_id, name))
    hay = f"{name} {_searchable(value)}".casefold()
    return all(word in hay for word in words)


def _searchable(value: Value) -> str:
    if isinstance(value, MediaFile):
        return value.name
    if isinstance(value, str):
        return value[:_SEARCHED]
    if isinstance(value, list) and link_of(value) is not None:
        # What a link comes from is no value of this input.
        return ""
    return str(value)[:_SEARCHED]

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

    def choose(self, draft: Draft | None, hay: Haystack) -> Choice | None:
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
            names = self._names(node, draft, hay, words)
            if names is not None:
                choice[node.node_id] = names
        return choice

    def _names(
        self, node: Node, draft: Draft, hay: Haystack, words: list[str]
    ) -> tuple[str, ...] | None:
        """The inputs of a node that match; None when the node itself is not shown."""
        names = [
            name
            for name in node.inputs
            if not self.only_changed or InputKey(node.node_id, name) in draft.changes
        ]
        if words:
            about = hay.about(node)
            rest = [word for word in words if word not in about]
            if not rest and not self.only_changed:
                return tuple(names)
            names = [name for name in names if _found(rest, name, draft, node, hay)]
        if self.kept is not None and self.kept.node_id == node.node_id:
            names = [each for each in node.inputs if each in names or each == self.kept.name]
        return tuple(names) if names else None


def _found(words: list[str], name: str, draft: Draft, node: Node, hay: Haystack) -> bool:
    if not words:
        return True
    key = InputKey(node.node_id, name)
    changed = draft.changes.get(key)
    text = hay.saved(node)[name] if changed is None else _hay(name, changed)
    return all(word in text for word in words)


class Haystack:
    """The texts in which one draft's filter looks, made when they are first looked in.

    Typing into the filter asks the same thousands of values at every key.
    """

    def __init__(self, title_of: Callable[[Node], str]) -> None:
        self._title_of = title_of
        self._about: dict[str, str] = {}
        self._saved: dict[str, dict[str, str]] = {}

    def about(self, node: Node) -> str:
        """What is found by a node's title, class or id."""
        text = self._about.get(node.node_id)
        if text is None:
            text = f"{self._title_of(node)} {node.class_type} #{node.node_id}".casefold()
            self._about[node.node_id] = text
        return text

    def saved(self, node: Node) -> dict[str, str]:
        """What is found by each input's name and its value in the workflow."""
        texts = self._saved.get(node.node_id)
        if texts is None:
            texts = {name: _hay(name, value) for name, value in node.inputs.items()}
            self._saved[node.node_id] = texts
        return texts


def _hay(name: str, value: Value) -> str:
    return f"{name} {_searchable(value)}".casefold()


def _searchable(value: Value) -> str:
    if isinstance(value, MediaFile):
        return value.name
    if isinstance(value, str):
        return value[:_SEARCHED]
    if isinstance(value, list) and link_of(value) is not None:
        # What a link comes from is no value of this input.
        return ""
    return str(value)[:_SEARCHED]

"""What became otherwise in a deployment's workflow, as text to read, to copy and to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.difference_text import entry_lines, node_line
from runcomfy_desktop.domain.json_value import shown_json
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.workflow import link_of
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.workflow import Node
    from runcomfy_desktop.domain.workflow_change import OwnValue, Rewired, WorkflowChange

_SHOWN_LETTERS = 200
_MOST_LINES = 2000


def change_text(change: WorkflowChange) -> str:
    """What concerns the person's own values first, then what the deployment has otherwise."""
    lines = [_headline(change), ""]
    for title, block in (
        (_("Your values that do not fit any more: kept, and not sent:"), _own(change.lost)),
        (_("Your values that fit again, and are sent:"), _own(change.back)),
        (_("Your values that are the deployment's own by now:"), _own(change.settled)),
        (_("Saved values that changed:"), _values(change)),
        (_("Inputs that are linked otherwise, came or went:"), _rewired(change.rewired)),
        (_("Nodes that came:"), _nodes(change.added)),
        (_("Nodes that went:"), _nodes(change.removed)),
        (_("Nodes that are of another class by now:"), _replaced(change)),
    ):
        found = list(block)
        if found:
            lines += [title, *(f"  {line}" for line in found), ""]
    if len(lines) > _MOST_LINES:
        left = len(lines) - _MOST_LINES
        lines[_MOST_LINES:] = [n_("… and %d line more.", "… and %d lines more.", left) % left]
    return "\n".join(lines).rstrip() + "\n"


def summary(change: WorkflowChange) -> str:
    """The same in one line of numbers."""
    counts = (
        (len(change.values), n_("%d saved value", "%d saved values", len(change.values))),
        (len(change.rewired), n_("%d input", "%d inputs", len(change.rewired))),
        (len(change.added), n_("%d node came", "%d nodes came", len(change.added))),
        (len(change.removed), n_("%d node went", "%d nodes went", len(change.removed))),
        (
            len(change.replaced),
            n_("%d node of another class", "%d nodes of another class", len(change.replaced)),
        ),
    )
    return ", ".join(text % count for count, text in counts if count)


def _headline(change: WorkflowChange) -> str:
    name, (before, after) = one_line(change.name), change.versions
    if before and after and before != after:
        return _("The workflow of %s has changed, from %s to %s.") % (
            name,
            one_line(before),
            one_line(after),
        )
    return _("The workflow of %s has changed.") % name


def _own(values: Iterable[OwnValue]) -> Iterator[str]:
    for each in values:
        node = f"#{one_line(each.key.node_id)}" if each.node is None else node_line(each.node)
        is_file = isinstance(each.value, MediaFile)
        value = one_line(each.value.name) if isinstance(each.value, MediaFile) else ""
        yield f"{node} · {one_line(each.key.name)}: {value if is_file else _spelt(each)}"


def _spelt(each: OwnValue) -> str:
    assert not isinstance(each.value, MediaFile)
    return _short(each.value)


def _values(change: WorkflowChange) -> Iterator[str]:
    node_id = None
    for each in change.values:
        if each.node.node_id != node_id:
            node_id = each.node.node_id
            yield node_line(each.node)
        yield from entry_lines(each.name, each.before, each.after, is_new=False)
        if each.own:
            yield "    " + _("(Your own value is sent in its place.)")


def _rewired(inputs: Iterable[Rewired]) -> Iterator[str]:
    for each in inputs:
        before = _wire(each.before) if each.was_there else _("(not there)")
        after = _wire(each.after) if each.is_there else _("(not there)")
        yield f"{node_line(each.node)} · {one_line(each.name)}: {before} → {after}"


def _nodes(nodes: Iterable[Node]) -> Iterator[str]:
    yield from map(node_line, nodes)


def _replaced(change: WorkflowChange) -> Iterator[str]:
    for before, after in change.replaced:
        yield f"{node_line(before)} → {node_line(after)}"


def _wire(value: Json) -> str:
    link = link_of(value)
    return _short(value) if link is None else _("from #%s") % one_line(link.node_id)


def _short(value: Json) -> str:
    return (
        one_line(value) if isinstance(value, str) and value else shown_json(value, _SHOWN_LETTERS)
    )

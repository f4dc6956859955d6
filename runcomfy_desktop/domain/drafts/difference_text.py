"""Readable text of the differences between a draft and its workflow, or between two workflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.file_sizes import file_size
from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

_MAX_INLINE_CHARS = 60
_MAX_SHOWN_CHARS = 20_000
_DATA_URL_CHARS = 40


def difference_text(draft: Draft, deployment_name: str) -> str:
    """Returns every change with its node and the values before and after, in workflow order.

    Multi-line text is shown as removed (`-`) and added (`+`) lines.
    """
    count = len(draft.changes)
    head = n_("%d input of %s is changed.", "%d inputs of %s are changed.", count)
    lines = [head % (count, one_line(deployment_name or draft.source.name)), ""]
    changed = _by_node(draft.changes)
    for node in draft.workflow.nodes.values():
        if node.node_id not in changed:
            continue
        lines.append(node_line(node))
        order = {name: index for index, name in enumerate(node.inputs)}
        for key in sorted(changed[node.node_id], key=lambda key: order.get(key.name, len(order))):
            is_new = key.name not in node.inputs
            before = None if is_new else draft.workflow.value(key)
            lines += value_change_lines(key.name, before, draft.changes[key], is_new=is_new)
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _by_node(keys: Iterable[InputKey]) -> dict[str, list[InputKey]]:
    found: dict[str, list[InputKey]] = {}
    for key in keys:
        found.setdefault(key.node_id, []).append(key)
    return found


def node_line(node: Node) -> str:
    """Returns a line such as `#12 Title (Class)`."""
    title, name = one_line(node.title), one_line(node.class_type)
    about = f"{title} ({name})" if title and title != name else name
    return f"#{one_line(node.node_id)} {about}"


def value_change_lines(name: str, before: Value, after: Value, *, is_new: bool) -> Iterator[str]:
    """Yields `name: before → after`, or removed and added lines for long values."""
    label = one_line(name)
    old, new = _("(not there)") if is_new else _value_text(before), _value_text(after)
    is_short = max(len(old), len(new)) <= _MAX_INLINE_CHARS
    if _visible_lines(old) == _visible_lines(new):
        if not (is_short or isinstance(after, MediaFile)):
            yield f"  {label}:"
            yield "    " + _("(Only blanks or line breaks differ.)")
            return
        is_plain = is_new or isinstance(after, MediaFile)
        old, new = old if is_plain else _exact_text(before), _exact_text(after)
    if "\n" not in old + new and (is_short or isinstance(after, MediaFile)):
        yield f"  {label}: {old} → {new}"
        return
    yield f"  {label}:"
    yield from _diff_lines(old.splitlines(), new.splitlines())


def _visible_lines(text: str) -> list[str]:
    """Returns the lines without blanks at their beginnings and ends."""
    return [line.strip() for line in text.rstrip().splitlines()]


def _diff_lines(old: list[str], new: list[str]) -> Iterator[str]:
    """Yields removed and added lines, without the common lines at the start and the end.

    A search for further common lines could take minutes.
    """
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    old, new = old[same:], new[same:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    yield from (f"    - {line}" for line in old)
    yield from (f"    + {line}" for line in new)


def _value_text(value: Value) -> str:
    if isinstance(value, MediaFile):
        return value.name
    if isinstance(value, str):
        if not value:
            return '""'
        if value.startswith("data:"):
            # Base64 is not readable.
            return value[:_DATA_URL_CHARS] + "…"
        return value
    return json_preview(value, _MAX_SHOWN_CHARS)


def _exact_text(value: Value) -> str:
    """Returns more exact text for values that would otherwise look alike."""
    if isinstance(value, MediaFile):
        size = file_size(value.size_bytes)
        pixels = f"{value.width} × {value.height}, " if value.width and value.height else ""
        return f"{value.name} ({pixels}{size})"
    is_data = isinstance(value, str) and value.startswith("data:")
    return _value_text(value) if is_data else json_preview(value, _MAX_SHOWN_CHARS)


@dataclass(frozen=True, slots=True)
class WorkflowComparison:
    """Two workflows, their names, and the difference of the second from the first."""

    before: Workflow
    after: Workflow
    difference: WorkflowDifference
    before_name: str
    after_name: str


def comparison_text(comparison: WorkflowComparison) -> str:
    """Returns every input that differs, node by node, with its values before and after.

    Nodes that only one of the workflows has are listed at the end.
    """
    before, after, difference = comparison.before, comparison.after, comparison.difference
    names = one_line(comparison.before_name), one_line(comparison.after_name)
    lines = [_("%s → %s") % names, ""]
    for node_id, keys in _by_node((*difference.values, *difference.rewired)).items():
        old, new = before.nodes[node_id], after.nodes[node_id]
        lines.append(node_line(new))
        for key in keys:
            value, is_new = old.inputs.get(key.name), key.name not in old.inputs
            if key.name in new.inputs:
                lines += value_change_lines(key.name, value, new.inputs[key.name], is_new=is_new)
            else:
                change = f"{_value_text(value)} → " + _("(not there)")
                lines.append(f"  {one_line(key.name)}: {change}")
        lines.append("")
    for name, ids, workflow in (
        (names[1], difference.unmatched, after),
        (names[0], difference.missing, before),
    ):
        if ids:
            lines.append(_("Only in %s:") % name)
            lines += [f"  {node_line(workflow.nodes[node_id])}" for node_id in ids]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"

"""Report on the conversion or reading of a graph.

It lets a user decide whether to trust what was opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import Workflow

# Enough even for a file that is wrong in every node.
MAX_REMARKS = 500


@dataclass(frozen=True, slots=True)
class Remark:
    """Remark about something that was not converted or read.

    `node_id` is "" if it does not concern a node.
    """

    node_id: str
    node_title: str
    text: str

    def line(self) -> str:
        """Returns the remark as text, preceded by the name of its node."""
        if not self.node_id:
            return self.text
        name = one_line(self.node_title) or _("Node")
        return _("%s (%s): %s") % (name, one_line(self.node_id), self.text)


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """Counts and remarks of a conversion.

    `node_count` nodes were converted; `skipped_count` nodes were left out as intended (muted,
    bypassed, notes and the like). `lacks_schema` is true if there was no list of node classes, so
    that unnamed values could not be assigned. `is_truncated` is true if the workflow was too large
    and is incomplete. For a graph that needed no conversion, `skipped_count` counts all entries
    that were not read, and `remarks` name the first of them.
    """

    remarks: tuple[Remark, ...] = ()
    node_count: int = 0
    skipped_count: int = 0
    lacks_schema: bool = False
    is_truncated: bool = False
    is_converted: bool = True
    is_stored: bool = False
    """True if the report concerns the workflow stored at RunComfy, which is what runs."""

    def as_text(self) -> str:
        """Returns all remarks, one per line, for the clipboard."""
        return "\n".join(remark.line() for remark in self.remarks)


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """Converted workflow and its report."""

    workflow: Workflow
    report: ConversionReport


class RemarkCollector:
    """Collects distinct remarks.

    `is_truncated` is set if nodes were not read.
    """

    def __init__(self) -> None:
        self.is_truncated = False
        self._remarks: dict[Remark, None] = {}
        self._dropped = 0

    def add(self, node_id: str, title: str, text: str) -> None:
        remark = Remark(node_id, title, text)
        if remark in self._remarks:
            return
        if len(self._remarks) >= MAX_REMARKS:
            self._dropped += 1
            return
        self._remarks[remark] = None

    def all(self) -> tuple[Remark, ...]:
        if not self._dropped:
            return tuple(self._remarks)
        more = Remark("", "", _("%d more remarks are not listed.") % self._dropped)
        return (*self._remarks, more)

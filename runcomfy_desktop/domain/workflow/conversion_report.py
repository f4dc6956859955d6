"""The report on a conversion or on the reading of a graph, in sentences: a user decides by them
whether to trust what was opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import Workflow

# A file that is wrong in every node has said enough after these.
MAX_REMARKS = 500


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was not converted or read; `node_id` is "" when it is about no node."""

    node_id: str
    node_title: str
    text: str

    def line(self) -> str:
        """The remark with the node's name before it."""
        if not self.node_id:
            return self.text
        name = one_line(self.node_title) or _("Node")
        return _("%s (%s): %s") % (name, one_line(self.node_id), self.text)


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """`node_count` were converted; `skipped_count` were muted, bypassed, notes and the like, as
    they should.

    `lacks_schema` says that no list of node classes was there, so that unnamed values could not
    be told apart. `is_truncated` says that the workflow was too large and is not complete.

    Of a graph that needed no conversion, `skipped_count` counts all that was not read, and
    `remarks` name the first of it.
    """

    remarks: tuple[Remark, ...] = ()
    node_count: int = 0
    skipped_count: int = 0
    lacks_schema: bool = False
    is_truncated: bool = False
    is_converted: bool = True
    is_stored: bool = False
    """It is on the workflow that RunComfy stores, which is what runs."""

    def as_text(self) -> str:
        """All remarks, one a line, for the clipboard."""
        return "\n".join(remark.line() for remark in self.remarks)


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """What came out, and how well."""

    workflow: Workflow
    report: ConversionReport


class RemarkCollector:
    """Collects remarks; the same one is kept once. `is_truncated` is set when nodes were not
    read."""

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

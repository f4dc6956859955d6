"""The report on a conversion or on the reading of a graph, in sentences: a user decides by them
whether to trust what was opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import Workflow

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
class Report:
    """`nodes` were converted; `left_out` were muted, bypassed, notes and the like, as they should.

    `without_schema` says that no list of node classes was there, so that unnamed values could not
    be told apart. `is_cut` says that the workflow was too large and is not complete.

    Of a graph that needed no conversion, `left_out` counts all that was not read, and `remarks`
    name the first of it.
    """

    remarks: tuple[Remark, ...] = ()
    nodes: int = 0
    left_out: int = 0
    without_schema: bool = False
    is_cut: bool = False
    is_converted: bool = True
    is_stored: bool = False
    """It is on the workflow that RunComfy stores, which is what runs."""

    def as_text(self) -> str:
        """All remarks, one a line, for the clipboard."""
        return "\n".join(remark.line() for remark in self.remarks)


@dataclass(frozen=True, slots=True)
class Converted:
    """What came out, and how well."""

    workflow: Workflow
    report: Report


class Remarks:
    """Collects remarks; the same one is kept once. `is_cut` is set when nodes were not read."""

    def __init__(self) -> None:
        self.is_cut = False
        self._found: dict[Remark, None] = {}
        self._more = 0

    def add(self, node_id: str, title: str, text: str) -> None:
        remark = Remark(node_id, title, text)
        if remark in self._found:
            return
        if len(self._found) >= MAX_REMARKS:
            self._more += 1
            return
        self._found[remark] = None

    def all(self) -> tuple[Remark, ...]:
        if not self._more:
            return tuple(self._found)
        more = Remark("", "", _("%d more remarks are not listed.") % self._more)
        return (*self._found, more)

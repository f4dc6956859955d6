"""What is shown of one row of the tree: of a node's header, and of one of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import SeedMode, Value
    from runcomfy_desktop.domain.schema.schema import InputSpec
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class InputColumn(IntEnum):
    """The columns, from the left."""

    NAME = 0
    VALUE = 1
    RESET = 2


@dataclass(frozen=True, slots=True)
class InputRow:
    """All that is shown of one input. `source_title` names the node that a link comes from.

    `name` is what it is called on screen: its class's own word for it, or the end of its name when
    it hangs on `depth` others. One that `is_pinned` stands among the pins as well; there it says
    below its name whose it is (`node_title`), and below its value the pin's `hint`. One that
    `expands` has words in it that are chosen for each run.
    """

    key: InputKey
    spec: InputSpec
    value: Value
    original_value: Json
    is_changed: bool
    issue: InputIssue | None
    seed_mode: SeedMode
    source_title: str = ""
    name: str = ""
    depth: int = 0
    is_pinned: bool = False
    node_title: str = ""
    hint: str = ""
    expands: bool = False


@dataclass(frozen=True, slots=True)
class NodeRow:
    """All that is shown of one node, in single lines. `issue` is one of the whole node,
    `class_labels` are words about its class."""

    node_id: str
    title: str
    class_type: str
    issue: InputIssue | None = None
    class_labels: tuple[str, ...] = ()

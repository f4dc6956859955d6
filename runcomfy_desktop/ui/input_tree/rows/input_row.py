"""Contents of one row of the tree: a node's header or one of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_types import MediaFamily
from runcomfy_desktop.domain.schema.schema import InputKind

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import SeedMode, Value
    from runcomfy_desktop.domain.schema.schema import InputSpec
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey

Index: TypeAlias = QModelIndex | QPersistentModelIndex


class InputColumn(IntEnum):
    """Columns of the tree, from left to right."""

    NAME = 0
    VALUE = 1
    RESET = 2


@dataclass(frozen=True, slots=True)
class InputRow:
    """Everything that a row shows of one input.

    `source_title` is the title of the node that a link comes from. `name` is the name on screen:
    the label from the node class, or the end of the input's name if the input depends on `depth`
    other inputs. In the form of the essentials, `node_title` (of which node it is) is shown below
    its name, and the user's `hint` below its value. `expands` is True if words of its text, as in
    `{a|b}`, are chosen for each run. A row that stands for several links of its node has the name
    and the source's title of each of them in `folded_links`.
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
    node_title: str = ""
    hint: str = ""
    expands: bool = False
    folded_links: tuple[tuple[str, str], ...] = ()

    @property
    def is_local_picture(self) -> bool:
        """True if a picture input's value is a local picture.

        A GIF in a video input does not count: the image tools would make a still picture of it.
        """
        is_file = isinstance(self.value, MediaFile) and self.value.family is MediaFamily.IMAGE
        return is_file and self.spec.kind is InputKind.IMAGE


@dataclass(frozen=True, slots=True)
class NodeRow:
    """Everything that a header shows of one node; each text is a single line.

    `issue` concerns the whole node; `class_labels` are labels such as "deprecated".
    """

    node_id: str
    title: str
    class_type: str
    issue: InputIssue | None = None
    class_labels: tuple[str, ...] = ()

"""Issues of a draft's inputs: as the check finds them, and as messages with a quick fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value


class IssueKind(Enum):
    """Kind of an issue, with the name that ComfyUI's own checks use, if any."""

    MISSING_NODE_TYPE = "missing_node_type"
    NO_OUTPUTS = "prompt_no_outputs"
    REQUIRED_INPUT_MISSING = "required_input_missing"
    BAD_LINKED_INPUT = "bad_linked_input"
    RETURN_TYPE_MISMATCH = "return_type_mismatch"
    INVALID_INPUT_TYPE = "invalid_input_type"
    BELOW_MINIMUM = "value_smaller_than_min"
    ABOVE_MAXIMUM = "value_bigger_than_max"
    NOT_IN_LIST = "value_not_in_list"
    CUSTOM_VALIDATION = "custom_validation_failed"
    CYCLE = "dependency_cycle"
    EXCEPTION = "exception_during_validation"
    INNER_EXCEPTION = "exception_during_inner_validation"
    ASPECT_RATIO = "aspect_ratio"
    NO_BRANCH = "no_branch"
    """Neither input of a switch is present."""
    CONVERTED = "converted"
    """ComfyUI accepts the value and silently converts it to another one."""
    MEDIA = "media"
    """The file cannot be sent in this way, or none is chosen."""
    UNKNOWN_INPUT = "unknown_input"
    PARTNER_KEY = "partner_key"
    """A node is billed by another company, whose key is missing."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class QuickFix:
    """Correction with one click: `label` is on the button ("Use euler"), `value` is then set."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class InputIssue:
    """Issue of one input; `blocks` is true if a run makes no sense before it is fixed.

    An issue of a whole node has the key `InputKey(node_id, "")`, one of the whole workflow
    `InputKey("", "")`.
    """

    text: str
    blocks: bool = True
    kind: IssueKind = IssueKind.OTHER
    quick_fix: QuickFix | None = None


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """Finding about one input.

    `is_accepted` is true if ComfyUI accepts the value by mistake. `breaks_check` is true if
    ComfyUI's own check fails with an exception here: then ComfyUI names the node, and the input
    through which it reached the node, but not this input. `limit` is the number that was exceeded,
    or the value after ComfyUI's conversion; `got` is the type or the node that a link leads to.
    `refused_at` are the inputs at which ComfyUI reports a refusal by the class's own check.
    `is_uncertain` is true if the class may have its own check that accepts the value.
    """

    name: str
    kind: IssueKind
    value: Json = None
    limit: Json = None
    got: str = ""
    is_accepted: bool = False
    breaks_check: bool = False
    refused_at: tuple[str, ...] = ()
    is_uncertain: bool = False

"""Issues of a draft's inputs: as the check finds them, and with texts and a quick fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value


class IssueKind(Enum):
    """What sort of fault; the words of ComfyUI's own checks where it has one."""

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
    """Neither input of a switch is there."""
    CONVERTED = "converted"
    """ComfyUI takes the value, and makes another one of it without saying so."""
    MEDIA = "media"
    """How a file would be sent, or that nothing is chosen."""
    UNKNOWN_INPUT = "unknown_input"
    PARTNER_KEY = "partner_key"
    """A node is billed by somebody else, whose key is not there."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class QuickFix:
    """What one press puts right: `label` is on the button ("Use euler"), `value` is then set."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class InputIssue:
    """One fault of one input; `blocks` says that a run makes no sense before it is cured.

    A fault of a whole node stands under `InputKey(node_id, "")`, one of the whole workflow under
    `InputKey("", "")`.
    """

    text: str
    blocks: bool = True
    kind: IssueKind = IssueKind.OTHER
    quick_fix: QuickFix | None = None


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One thing about one input.

    `is_accepted` says that ComfyUI takes it, by mistake. `breaks_check` says that ComfyUI's own
    check breaks on it: then it names the node, and whichever input led there, but not this one.
    `limit` is the number that was passed, or what ComfyUI makes of the value; `got` is the type or
    the node that a link leads to. `refused_at` are the inputs at which ComfyUI says that the
    class's own check refuses. `is_uncertain` says that the class may have such a check,
    which takes it.
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

"""ValidationIssue: what is to be said of one input of one node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.validation.input_issue import IssueKind


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One thing about one input.

    `is_accepted` says that ComfyUI takes it, by mistake. `breaks_check` says that ComfyUI's own
    check breaks on it: then it names the node, and whichever input led there, but not this one.
    `limit` is the number that was passed, or what ComfyUI makes of the value; `got` is the type or
    the node that a link leads to. `refused_at` are the inputs at which ComfyUI says that the
    class's own check refuses. `check_job_uncertain` says that the class may have such a check,
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

"""Finding: what is to be said of one input of one node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.fault import FaultKind
    from runcomfy_desktop.domain.json_value import Json


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one input.

    `accepted` says that ComfyUI takes it, by mistake. `raises` says that ComfyUI's own check
    breaks on it: then it names the node, and whichever input led there, but not this one.
    `limit` is the number that was passed, or what ComfyUI makes of the value; `got` is the type
    or the node that a link leads to. `refused_at` are the inputs at which ComfyUI says that the
    class's own check refuses. `in_doubt` says that the class may have such a check, which takes it.
    """

    name: str
    kind: FaultKind
    value: Json = None
    limit: Json = None
    got: str = ""
    accepted: bool = False
    raises: bool = False
    refused_at: tuple[str, ...] = ()
    in_doubt: bool = False

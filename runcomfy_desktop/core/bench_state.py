"""BenchState: what the workbench tells of the draft in view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.settings import LargePictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.checks import Fault
    from runcomfy_desktop.domain.conversion.report import Report
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.overrides import Difference
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey


@dataclass(frozen=True, slots=True)
class BenchState:
    """All that views need of the workbench.

    `deployment` is the one a run goes to, with its payload; `difference` is how an opened
    file's workflow differs from that deployment's own; `renewal` is how the file itself, by now,
    differs from the workflow that the draft was made of; `blocked` says why a run is impossible
    as things stand, "" when it is possible, and `reshaping` why it sends the workflow whole, ""
    when it does not. `is_disabled` says that it is impossible because the deployment is disabled.
    `examples` are the deployment's example values that are not in use yet.
    `conversion` says how well an opened file was converted, or what was left out of a workflow
    that needed no conversion; None when it was read whole. `large_pictures` is how they are sent.
    """

    draft: Draft | None = None
    schema: Schema | None = None
    deployment: Deployment | None = None
    difference: Difference | None = None
    renewal: Difference | None = None
    faults: Mapping[InputKey, Fault] = field(default_factory=dict)
    examples: Changes = field(default_factory=dict)
    blocked: str = ""
    reshaping: str = ""
    is_disabled: bool = False
    large_pictures: LargePictures = LargePictures.AS_IS
    conversion: Report | None = None
    undo_text: str = ""
    redo_text: str = ""

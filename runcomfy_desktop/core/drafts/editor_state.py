"""EditorState: what the workbench tells of the draft in view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.settings import LargePictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft
    from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport
    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass(frozen=True, slots=True)
class EditorState:
    """All that views need of the workbench.

    `deployment` is the one a run goes to, with its payload; `difference` is how an opened file's
    workflow differs from that deployment's own; `file_difference` is how the file itself, by now,
    differs from the workflow that the draft was made of; `blocked_reason` says why a run is
    impossible as things stand, "" when it is possible, and `whole_workflow_reason` why it sends the
    workflow whole, "" when it does not. `is_disabled` says that it is impossible because the
    deployment is disabled. `examples` are the deployment's example values that are not in use yet.
    `conversion_report` says how well an opened file was converted, or what was left out of a
    workflow that needed no conversion; None when it was read whole. `large_pictures` is how they
    are sent.
    """

    draft: Draft | None = None
    schema: NodeSchema | None = None
    deployment: Deployment | None = None
    difference: WorkflowDifference | None = None
    file_difference: WorkflowDifference | None = None
    issues: Mapping[InputKey, InputIssue] = field(default_factory=dict)
    examples: Changes = field(default_factory=dict)
    blocked_reason: str = ""
    whole_workflow_reason: str = ""
    is_disabled: bool = False
    large_pictures: LargePictures = LargePictures.AS_IS
    conversion_report: ConversionReport | None = None
    undo_text: str = ""
    redo_text: str = ""

"""State of the draft in view, as published by the draft editor."""

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
    """Everything that views need to know about the draft in view.

    `deployment` is where runs go, with its payload. `difference` is the difference between an
    opened file's workflow and the deployment's own; `file_difference` is the difference between the
    file's current content and the workflow that the draft is based on. `blocked_reason` is why a
    run is impossible now, "" if it is possible; `is_disabled` is true if the reason is that the
    deployment is disabled. `whole_workflow_reason` is why a run sends the whole workflow, "" if it
    does not. `examples` are the deployment's example values that are not in use yet.
    `conversion_report` reports how an opened file was converted, or what was left out of a workflow
    that needed no conversion; None if the workflow was read completely. `large_pictures` is how
    large pictures are sent.
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

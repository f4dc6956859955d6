"""Editor of the draft in view.

`DraftTarget` applies the result of a slow operation to the draft that it was started on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.editor.dynamic_prompts import DynamicPrompts
from runcomfy_desktop.core.editor.editor_state import EditorState
from runcomfy_desktop.core.editor.open_draft import OpenDraft, OpenDrafts, updated_open_draft
from runcomfy_desktop.core.editor.pin_sets import PinSets
from runcomfy_desktop.core.editor.run_source import (
    RunSource,
    blocked_reason,
    draft_preparer,
    replacement_blocked_reason,
    reshaping_text,
)
from runcomfy_desktop.core.editor.seeds import Seeds
from runcomfy_desktop.domain.account.partner_nodes import partner_key_issues, partner_node_ids
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.difference_text import WorkflowComparison
from runcomfy_desktop.domain.drafts.draft import (
    Changes,
    Draft,
    DraftSource,
    SeedMode,
    draft_id_from_key,
    same_value,
)
from runcomfy_desktop.domain.drafts.draft_rebase import rebase_draft
from runcomfy_desktop.domain.drafts.overrides import compare_workflows, unused_examples
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.validation.draft_checker import DraftChecker
from runcomfy_desktop.domain.validation.large_media import address_required_issues
from runcomfy_desktop.domain.validation.run_blockers import blocking_text, lost_file_issues
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, workflow_from_json
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport

__all__ = ["DraftEditor", "DraftTarget", "EditorState"]


class DraftEditor:
    """Owns the open drafts and edits the one in view.

    Publishes `changed` with its state and, for storing, `edited` with the changed draft. Publishes
    `conversion_report_requested` when the user wants to read what was not converted or was left
    out, and `large_pictures_requested` with the requested setting for large pictures. `schemas` has
    the schemas of opened deployments, and `pin_sets` the pins whose limits values and seeds obey.
    Without `dynamic_prompts`, a draft that needs wildcards waits for them.

    Publishes `commit_requested` before the draft is used or replaced: an open input editor then
    commits its text, so that a run, an undo or another workflow never takes effect before it.
    """

    def __init__(
        self,
        random_seed: Callable[[], int] | None = None,
        dynamic_prompts: DynamicPrompts | None = None,
    ) -> None:
        self.state = EditorState()
        self.changed: Topic[EditorState] = Topic()
        self.edited: Topic[Draft] = Topic()
        self.commit_requested: Topic[None] = Topic()
        self.conversion_report_requested: Topic[None] = Topic()
        self.large_pictures_requested: Topic[LargePictures] = Topic()
        self.open_drafts = OpenDrafts()
        self._current: OpenDraft | None = None
        self._deployments: dict[str, tuple[Deployment, Workflow]] = {}
        self._difference = cache_last(compare_workflows)
        self._file_difference = cache_last(compare_workflows)
        self._checker = DraftChecker()
        self._unavailable_reasons: dict[str, str] = {}
        self.schemas: dict[str, NodeSchema] = {}
        self.pin_sets = PinSets()
        self.seeds = Seeds(random_seed, self.pin_sets.seed_range)
        self._dynamic_prompts = dynamic_prompts or DynamicPrompts()
        self._unsendable: Mapping[str, str] = {}
        self._large_pictures = LargePictures.AS_IS
        self._partner_nodes = cache_last(partner_node_ids)
        self._has_partner_key = True

    # Opening

    def open_deployment(
        self, deployment: Deployment, stored: Draft | None = None, key: str = ""
    ) -> None:
        """Shows a deployment's own workflow with the earlier edits to it.

        `stored` is the draft on disk, used if none is in memory; `key` is the key of a further
        draft, "" for the first. Other drafts are not touched. The deployment needs a payload with a
        workflow. Raises Problem if the workflow is invalid.
        """
        assert deployment.payload is not None
        workflow = workflow_from_json(deployment.payload.workflow)
        deployment_id = deployment.deployment_id
        open_draft = self.open_drafts.get(key or deployment_id)
        if (
            open_draft is None
            or open_draft is not self._current
            or open_draft.draft.workflow != workflow
        ):
            self.commit_requested.publish(None)  # Only if needed: it interrupts typing.
        self._deployments[deployment_id] = (deployment, workflow)
        self._unavailable_reasons.pop(deployment_id, None)
        source = DraftSource(deployment.name, workflow_version=deployment.workflow_version)
        draft = Draft(workflow, source, deployment_id, draft_id=draft_id_from_key(key))
        stored = stored if stored is not None and stored.key == draft.key else None
        if open_draft is None or open_draft.draft.workflow != workflow:
            open_draft = OpenDraft(
                rebase_draft(stored if open_draft is None else open_draft.draft, draft)
            )
            self.open_drafts[open_draft.draft.key] = open_draft
        else:
            open_draft.refresh_workflow(draft)
        self.bring_into_view(open_draft)

    def open_draft(
        self,
        draft: Draft,
        stored: Draft | None = None,
        conversion_report: ConversionReport | None = None,
    ) -> None:
        """Shows the draft of a file that was just read, with its earlier changes."""
        self.commit_requested.publish(None)
        open_draft = updated_open_draft(self.open_drafts.get(draft.key), stored, draft)
        self.open_drafts[draft.key] = open_draft
        if draft.deployment_id:
            open_draft.draft = replace(open_draft.draft, deployment_id=draft.deployment_id)
        open_draft.conversion_report = conversion_report
        self.bring_into_view(open_draft)

    def bind(self, deployment: Deployment, key: str) -> None:
        """Makes the file draft `key` run on `deployment`, which needs its payload.

        The draft need not be in view.
        """
        open_draft = self.open_drafts.get(key)
        if open_draft is None or deployment.payload is None:
            return
        workflow = workflow_from_json(deployment.payload.workflow)
        if open_draft is self._current:
            self.commit_requested.publish(None)
            open_draft.merge_key = None
        self._deployments[deployment.deployment_id] = (deployment, workflow)
        self._unavailable_reasons.pop(deployment.deployment_id, None)
        open_draft.draft = replace(open_draft.draft, deployment_id=deployment.deployment_id)
        self.publish_edit(open_draft)

    def set_schema(self, deployment_id: str, schema: NodeSchema) -> None:
        """Sets a deployment's schema (`object_info`) once it has been loaded.

        Does not request a commit, which would interrupt the user's typing.
        """
        self.schemas[deployment_id] = schema
        if self._current is not None and self._current.draft.deployment_id == deployment_id:
            self._publish()

    def set_partner_key(self, *, has_key: bool) -> None:
        """Sets whether a key is available for nodes billed by Comfy.org."""
        if self._has_partner_key != has_key:
            self._has_partner_key = has_key
            self._publish()

    def set_unavailable(self, deployment_id: str, reason: str) -> None:
        """Sets why a deployment can no longer be used; "" if it is available again."""
        if self._unavailable_reasons.get(deployment_id, "") == reason:
            return
        self._unavailable_reasons[deployment_id] = reason
        if self._current is not None and self._current.draft.deployment_id == deployment_id:
            self._publish()

    def opened_record(self, deployment_id: str) -> Deployment | None:
        """Returns the record of a deployment if a draft of its own workflow is open, else None.

        Also returns None for a draft that was restored after its deployment was deleted.
        """
        is_open = self.open_drafts.has_deployment_draft(deployment_id)
        return self.record_of(deployment_id) if is_open else None

    def remove_deployment(self, deployment_id: str, source: DraftSource) -> None:
        """Removes a deleted deployment; its edited drafts become drafts of the file `source`.

        Drafts of other files bound to the deployment keep their values and are left unbound.
        """
        self.commit_requested.publish(None)
        self._deployments.pop(deployment_id, None)
        self._unavailable_reasons.pop(deployment_id, None)
        for draft in self.open_drafts.remove_deployment(deployment_id, source):
            self.edited.publish(draft)
        self._publish()

    def comparison(self) -> WorkflowComparison | None:
        """Returns the two workflows compared on screen; None if no difference is shown.

        A comparison with the file's current content comes before one with the deployment.
        """
        open_draft, state = self._current, self.state
        if open_draft is None or state.draft is None:
            return None
        name, workflow = state.draft.source.name, state.draft.workflow
        if open_draft.newer_file is not None and state.file_difference is not None:
            names = _("this draft"), _("the file as it is now")
            return WorkflowComparison(
                workflow, open_draft.newer_file.workflow, state.file_difference, *names
            )
        if state.deployment is not None and state.difference is not None:
            _record, deployed = self._deployments[state.deployment.deployment_id]
            return WorkflowComparison(
                deployed, workflow, state.difference, state.deployment.name, name
            )
        return None

    def workflow_of(self, deployment_id: str) -> Workflow | None:
        """Returns the workflow that a deployment runs, or None if it was not opened."""
        return self._deployments[deployment_id][1] if deployment_id in self._deployments else None

    def record_of(self, deployment_id: str) -> Deployment | None:
        """Returns the record, with payload, of an opened or bound deployment; None if unknown."""
        return self._deployments[deployment_id][0] if deployment_id in self._deployments else None

    # Editing

    def edit(self, values: Changes, label: str, *, merge_key: object = None) -> None:
        """Changes inputs as one undoable step named `label`.

        Consecutive steps with the same `merge_key` (anything but None) become one, so typing into
        one field is one step.
        """
        if self._current is not None:
            self._advance(self._current.draft.with_values(values), label, merge_key)

    def replace_draft(self, draft: Draft, label: str) -> None:
        """Replaces the draft in view, as one step, with a draft that was derived from it."""
        if self._current is not None and self._current.draft.key == draft.key:
            self._advance(draft, label, None)

    def reset_all(self) -> None:
        self.commit_requested.publish(None)
        if self._current is not None:
            workflow = self._current.draft.workflow
            values = {key: workflow.value(key) for key in self._current.draft.changes}
            self.edit(values, _("Reset all inputs"))

    def set_expands(self, key: InputKey, *, on: bool) -> None:
        """Sets whether `{a|b}` and `__name__` in an input's text are expanded for each run."""
        if self._current is None:
            return
        draft, name = self._current.draft, key.name
        expands = draft.dynamic_prompt_inputs | {key} if on else draft.dynamic_prompt_inputs - {key}
        label = _("Choose words of %s for each run") if on else _("Send %s as it is written")
        self._advance(replace(draft, dynamic_prompt_inputs=expands), label % name, None)

    def set_seed_mode(self, key: InputKey, mode: SeedMode, *others: InputKey) -> None:
        if self._current is not None:
            label = _("Change the seed mode of %s") % key.name
            self._advance(self._current.draft.with_seed_mode(key, mode, *others), label, None)

    def use_examples(self) -> None:
        """Applies the deployment's example values."""
        self.commit_requested.publish(None)
        self.edit(self.state.examples, _("Use the deployment's example values"))

    def take_over_file_values(self) -> None:
        """Turns the opened file's differences from the deployment into changes to be sent."""
        values = self.state.difference.values if self.state.difference is not None else {}
        label = n_("Send the file's %d value", "Send the file's %d values", len(values))
        self._resolve_difference(values, label % len(values))

    def use_deployed_workflow(self) -> None:
        """Replaces the opened file with the deployment's workflow; the user's changes stay."""
        self._resolve_difference({}, _("Use the deployment's values"))

    def run_file_workflow(self) -> None:
        """Makes runs send the opened file's own workflow instead of the deployment's."""
        self.commit_requested.publish(None)
        if self._current is not None and self.state.difference is not None:
            draft = replace(self._current.draft, runs_file=True)
            self._advance(draft, _("Run the file itself"), None)

    def use_current_file(self) -> None:
        """Moves the draft to the current content of its file; keeps the changes that fit there."""
        self.commit_requested.publish(None)
        open_draft = self._current
        if open_draft is not None and open_draft.newer_file is not None:
            fresh = replace(open_draft.newer_file, deployment_id=open_draft.draft.deployment_id)
            self._advance(
                rebase_draft(open_draft.draft, fresh), _("Use the file as it is now"), None
            )

    def undo(self) -> None:
        self.commit_requested.publish(None)
        if self._current is not None and self._current.undo():
            self.publish_edit(self._current)

    def redo(self) -> None:
        self.commit_requested.publish(None)
        if self._current is not None and self._current.redo():
            self.publish_edit(self._current)

    # Running

    def run_source(self) -> RunSource | None:
        """Returns the draft in view with its deployment, for runs; None unless both exist."""
        draft, deployment = self.state.draft, self.state.deployment
        if draft is None or deployment is None:
            return None
        ready = draft_preparer(self.state.schema, has_difference=bool(self.state.difference))
        return RunSource(deployment, draft, ready)

    def expand_prompts(self, draft: Draft) -> Draft:
        """Returns the draft with its dynamic prompts expanded for one run."""
        return self._dynamic_prompts.expanded(draft)

    def with_latest_seeds(self, draft: Draft) -> Draft:
        """Returns `draft` with the seeds used by runs since it was copied from the open draft."""
        open_draft = self.open_drafts.get(draft.key)
        return draft if open_draft is None else self.seeds.with_latest(draft, open_draft.draft)

    def edit_draft(self, key: str, values: Changes, label: str) -> None:
        """Changes a draft as one undoable step; the draft need not be in view."""
        open_draft = self.open_drafts.get(key)
        if open_draft is not None and open_draft.advance(
            open_draft.draft.with_values(values), label, None
        ):
            self.publish_edit(open_draft)

    def show_used_seeds(self, draft: Draft, last: Draft) -> None:
        """Shows the seeds used by a draft's last run, except seeds that the user has edited since.

        `draft` is the draft before the runs, `last` the draft of the last run.
        """
        open_draft = self.open_drafts.get(draft.key)
        if open_draft is None:
            return
        keys = [
            key
            for key in draft.seed_modes
            if key in last.seed_modes and same_value(open_draft.draft.value(key), draft.value(key))
        ]
        self.seeds.mark_used(last, keys)
        updated = open_draft.draft.with_values({key: last.value(key) for key in keys})
        if open_draft.advance(updated, _("New seed"), "new seed"):
            self.publish_edit(open_draft)

    def run_blocked_reason(self, values: Changes) -> str:
        """Returns why the draft in view could not run with `values` in it; "" if it could."""
        if self._current is None:
            return _("There is nothing to run yet.")
        unavailable = self._unavailable_reasons.get(self._current.draft.deployment_id, "")
        draft = self._current.draft.with_values(values)
        prompt_text = blocking_text(self._dynamic_prompts.issues(draft))
        return (
            unavailable
            or prompt_text
            or replacement_blocked_reason(draft, self.state, self._unsendable)
        )

    def set_unsendable(self, unsendable: Mapping[str, str]) -> None:
        """Sets the files of the media store that cannot be sent, by name, with the reasons."""
        if unsendable != self._unsendable:
            self._unsendable = dict(unsendable)
            self._publish()

    def set_large_pictures(self, chosen: LargePictures) -> None:
        """Applies the setting for pictures above the recommended size."""
        if chosen is not self._large_pictures:
            self._large_pictures = chosen
            self.state = replace(self.state, large_pictures=chosen)
            self._publish()

    def revalidate(self) -> None:
        """Checks the draft in view again after something outside of it has changed."""
        self._publish()

    # Internals

    def _resolve_difference(self, values: Changes, label: str) -> None:
        """Replaces the file's workflow with the deployment's; keeps the changes, adds `values`."""
        self.commit_requested.publish(None)
        state = self.state
        if self._current is None or state.difference is None or state.deployment is None:
            return
        _deployment, workflow = self._deployments[state.deployment.deployment_id]
        fresh = replace(self._current.draft, workflow=workflow, changes={}).with_values(values)
        resolved = replace(rebase_draft(self._current.draft, fresh), runs_file=False)
        self._advance(resolved, label, None)

    def _advance(self, draft: Draft, label: str, merge_key: object) -> None:
        if self._current is not None and self._current.advance(draft, label, merge_key):
            self.publish_edit(self._current)

    def publish_edit(self, open_draft: OpenDraft) -> None:
        """Publishes a change to one of the `open_drafts`, so that it is stored and shown."""
        self.edited.publish(open_draft.draft)
        self._publish()

    def bring_into_view(self, open_draft: OpenDraft) -> None:
        """Shows one of the `open_drafts`."""
        self._current = open_draft
        open_draft.merge_key = None
        self._publish()

    def _publish(self) -> None:
        open_draft = self._current
        if open_draft is None:
            return
        draft = open_draft.draft
        schema = self.schemas.get(draft.deployment_id)
        deployment, deployed = self._deployments.get(draft.deployment_id, (None, None))
        difference = None
        if draft.source.is_file and deployed is not None:
            difference = self._difference(draft.workflow, deployed) or None
        payload = deployment.payload if deployment else None
        newer_file = open_draft.newer_file
        file_difference = (
            self._file_difference(newer_file.workflow, draft.workflow) or None
            if newer_file is not None
            else None
        )
        issues = self._find_issues(draft, schema)
        unavailable = self._unavailable_reasons.get(draft.deployment_id, "")
        self.state = EditorState(
            draft=draft,
            schema=schema,
            deployment=deployment,
            difference=difference,
            file_difference=file_difference,
            issues=issues,
            examples=unused_examples(draft, payload.overrides if payload else None),
            blocked_reason=unavailable
            or blocked_reason(draft, deployment, difference, issues, schema),
            is_disabled=not unavailable and deployment is not None and not deployment.is_enabled,
            whole_workflow_reason=reshaping_text(draft, schema),
            large_pictures=self._large_pictures,
            conversion_report=_report_of(open_draft, None if difference else deployed),
            undo_text=open_draft.undo_text,
            redo_text=open_draft.redo_text,
        )
        self.changed.publish(self.state)

    def _find_issues(self, draft: Draft, schema: NodeSchema | None) -> dict[InputKey, InputIssue]:
        issues = {**self.pin_sets.limit_issues(draft, schema)}
        issues |= address_required_issues(draft, schema, self._large_pictures)
        issues |= self._checker.issues(draft, schema)
        issues |= self._dynamic_prompts.issues(draft)
        issues |= lost_file_issues(draft, self._unsendable)
        if self._has_partner_key:
            return issues
        return {**partner_key_issues(self._partner_nodes(draft.workflow, schema)), **issues}


def _report_of(open_draft: OpenDraft, deployed: Workflow | None) -> ConversionReport | None:
    """Returns the conversion report to be shown, None if everything was read completely.

    `deployed` is the deployment's workflow if it has the same nodes and values as the draft's. Runs
    of a file that only change values then use that workflow, so its report comes before the file's.
    """
    draft = open_draft.draft
    own = open_draft.conversion_report or draft.workflow.conversion_report
    if open_draft.conversion_report is not None or draft.runs_file:
        return own
    runs = deployed if draft.source.is_file else draft.workflow
    if runs is None or runs.conversion_report is None:
        return own
    return replace(runs.conversion_report, is_stored=True)


class DraftTarget:
    """Draft that was in view when a dialog opened or a file was dropped; results are applied to it.

    Another draft may come into view meanwhile, opened from outside or by a response that arrives
    late.
    """

    def __init__(self, draft_editor: DraftEditor) -> None:
        self._draft_editor = draft_editor
        draft = draft_editor.state.draft
        self._key = "" if draft is None else draft.key

    @property
    def draft(self) -> Draft | None:
        """Current state of the draft; None if it is no longer open."""
        open_draft = self._draft_editor.open_drafts.get(self._key)
        return None if open_draft is None else open_draft.draft

    @property
    def schema(self) -> NodeSchema | None:
        draft = self.draft
        return None if draft is None else self._draft_editor.schemas.get(draft.deployment_id)

    @property
    def is_in_view(self) -> bool:
        draft = self._draft_editor.state.draft
        return draft is not None and draft.key == self._key

    def edit(self, values: Changes, label: str, *, merge_key: object = None) -> None:
        """Changes inputs of nodes that the draft has, as one undoable step."""
        open_draft = self._draft_editor.open_drafts.get(self._key)
        if open_draft is None:
            return
        nodes = open_draft.draft.workflow.nodes
        applicable = {key: value for key, value in values.items() if key.node_id in nodes}
        if open_draft.advance(open_draft.draft.with_values(applicable), label, merge_key):
            self._draft_editor.publish_edit(open_draft)

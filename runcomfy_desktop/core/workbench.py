"""Workbench: the draft that is being edited."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core.bench_state import BenchState
from runcomfy_desktop.core.page import Page, Pages, opened_page
from runcomfy_desktop.core.running import RunSource, readying, reshaping_text, why_blocked, why_not
from runcomfy_desktop.core.seeds import Seeds
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.carrying import carried_over
from runcomfy_desktop.domain.checker import Checker
from runcomfy_desktop.domain.checks import Fault, blocking_text, lost_files
from runcomfy_desktop.domain.difference_text import Compared
from runcomfy_desktop.domain.draft import (
    Changes,
    Draft,
    SeedMode,
    Source,
    further_id,
    same_value,
)
from runcomfy_desktop.domain.large_media import address_faults
from runcomfy_desktop.domain.overrides import Comparison, unused_examples
from runcomfy_desktop.domain.partner import PartnerNodes, key_faults
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.workflow import InputKey, Workflow, workflow_from_json
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.domain.conversion.report import Report
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.schema import Schema

__all__ = ["BenchState", "Workbench"]


Doubts: TypeAlias = "Callable[[Draft, Schema | None], Mapping[InputKey, Fault]]"
"""What others find odd about a draft, where its own checks find nothing."""


class Workbench:
    """Owns the drafts and the one in view. Publishes `changed` and, for storing, `edited`.
    `report_wished` says that a user wants to read what was not converted, or was left out,
    `large_pictures_wished` which way of sending large pictures is to be the setting.
    `schemas` has what the inputs of deployments take that were opened.

    Before the draft is used or replaced it publishes `settling`: an open editor then hands in
    what was typed last, so that a run, an undo or another workflow never overtakes the typing.
    """

    def __init__(self, random_seed: Callable[[], int] | None = None) -> None:
        self.state = BenchState()
        self.changed: Topic[BenchState] = Topic()
        self.edited: Topic[Draft] = Topic()
        self.settling: Topic[None] = Topic()
        self.report_wished: Topic[None] = Topic()
        self.large_pictures_wished: Topic[LargePictures] = Topic()
        self.pages = Pages()
        self._page: Page | None = None
        self._deployed: dict[str, tuple[Deployment, Workflow]] = {}
        self._comparison = Comparison()
        self._renewal = Comparison()
        self._checker = Checker()
        self._gone: dict[str, str] = {}
        self.schemas: dict[str, Schema] = {}
        self.seeds = Seeds(random_seed)
        self._lost: Mapping[str, str] = {}
        self._large_pictures = LargePictures.AS_IS
        self.doubts: Doubts = lambda _draft, _schema: {}
        # Words that are chosen for each run, and what is wrong with them: see PromptWords.
        self.speak: Callable[[Draft], Draft] = lambda draft: draft
        self.word_faults: Doubts = lambda _draft, _schema: {}
        self._partners = PartnerNodes()
        self._has_partner_key = True

    # Opening

    def open_deployment(
        self, deployment: Deployment, kept: Draft | None = None, key: str = ""
    ) -> None:
        """Shows a deployment's own workflow; earlier edits of it come back.

        `kept` is the stored draft of it, used when this program has none in memory; `key` is that
        of a further draft of it, "" for the first: no other one is touched. The deployment needs a
        payload with a workflow. Raises Problem when it is no workflow.
        """
        assert deployment.payload is not None
        workflow = workflow_from_json(deployment.payload.workflow)
        deployment_id = deployment.deployment_id
        page = self.pages.get(key or deployment_id)
        if page is None or page is not self._page or page.draft.workflow != workflow:
            self.settling.publish(None)  # Else it would end the word being typed, for nothing.
        self._deployed[deployment_id] = (deployment, workflow)
        self._gone.pop(deployment_id, None)
        source = Source(deployment.name, workflow_version=deployment.workflow_version)
        draft = Draft(workflow, source, deployment_id, draft_id=further_id(key))
        kept = kept if kept is not None and kept.key == draft.key else None
        if page is None or page.draft.workflow != workflow:
            page = Page(carried_over(kept if page is None else page.draft, draft))
            self.pages[page.draft.key] = page
        else:
            page.read_again(draft)
        self.bring_up(page)

    def open_draft(
        self, draft: Draft, kept: Draft | None = None, conversion: Report | None = None
    ) -> None:
        """Shows a draft of a file, which was just read, with what was changed in it before."""
        self.settling.publish(None)
        page = opened_page(self.pages.get(draft.key), kept, draft)
        self.pages[draft.key] = page
        if draft.deployment_id:
            page.draft = replace(page.draft, deployment_id=draft.deployment_id)
        page.conversion = conversion
        self.bring_up(page)

    def bind(self, deployment: Deployment, key: str) -> None:
        """Lets the opened file's workflow of the draft `key`, which need not be in view, run on
        `deployment` (which needs its payload)."""
        page = self.pages.get(key)
        if page is None or deployment.payload is None:
            return
        workflow = workflow_from_json(deployment.payload.workflow)
        if page is self._page:
            self.settling.publish(None)
            page.merge = None
        self._deployed[deployment.deployment_id] = (deployment, workflow)
        self._gone.pop(deployment.deployment_id, None)
        page.draft = replace(page.draft, deployment_id=deployment.deployment_id)
        self.note_edit(page)

    def set_schema(self, deployment_id: str, schema: Schema) -> None:
        """The `object_info` of a deployment arrived.

        Nobody waits for that, so nothing is settled: it would end the word that is being typed.
        """
        self.schemas[deployment_id] = schema
        if self._page is not None and self._page.draft.deployment_id == deployment_id:
            self._publish()

    def set_partner_key(self, *, has_key: bool) -> None:
        """Whether there is a key for nodes that are billed by Comfy.org."""
        if self._has_partner_key != has_key:
            self._has_partner_key = has_key
            self._publish()

    def set_gone(self, deployment_id: str, why: str) -> None:
        """A deployment cannot be run on any more, and `why`; "" when it is there again."""
        if self._gone.get(deployment_id, "") == why:
            return
        self._gone[deployment_id] = why
        if self._page is not None and self._page.draft.deployment_id == deployment_id:
            self._publish()

    def opened(self, deployment_id: str) -> Deployment | None:
        """The record of a deployment whose own workflow was opened and may have been edited."""
        is_open = self.pages.has_own_of(deployment_id)
        return self._deployed[deployment_id][0] if is_open else None

    def release(self, deployment_id: str, source: Source) -> None:
        """Lets go of a deployment that is deleted; what was edited lives on as the file `source`.

        Drafts of other files that would have run on it keep their values and have no deployment.
        """
        self.settling.publish(None)
        self._deployed.pop(deployment_id, None)
        self._gone.pop(deployment_id, None)
        for draft in self.pages.release(deployment_id, source):
            self.edited.publish(draft)
        self._publish()

    def compared(self) -> Compared | None:
        """The two workflows whose difference is told, the file as it is now before the other."""
        page, state = self._page, self.state
        if page is None or state.draft is None:
            return None
        name, workflow = state.draft.source.name, state.draft.workflow
        if page.newer is not None and state.renewal is not None:
            names = _("this draft"), _("the file as it is now")
            return Compared(workflow, page.newer.workflow, state.renewal, *names)
        if state.deployment is not None and state.difference is not None:
            _record, deployed = self._deployed[state.deployment.deployment_id]
            return Compared(deployed, workflow, state.difference, state.deployment.name, name)
        return None

    def workflow_of(self, deployment_id: str) -> Workflow | None:
        """What a deployment runs, as far as it was opened."""
        return self._deployed[deployment_id][1] if deployment_id in self._deployed else None

    def record_of(self, deployment_id: str) -> Deployment | None:
        """A deployment that was opened, or that a file was bound to, with its payload."""
        return self._deployed[deployment_id][0] if deployment_id in self._deployed else None

    # Editing

    def edit(self, values: Changes, label: str, *, merge: object = None) -> None:
        """Changes inputs as one undoable step named `label`.

        Steps that follow each other with the same `merge` (anything but None) become one, so
        typing into one field is one step.
        """
        if self._page is not None:
            self._advance(self._page.draft.with_values(values), label, merge)

    def take(self, draft: Draft, label: str) -> None:
        """Puts a draft that was prepared from the one in view in its place, as one step."""
        if self._page is not None and self._page.draft.key == draft.key:
            self._advance(draft, label, None)

    def reset_all(self) -> None:
        self.settling.publish(None)
        if self._page is not None:
            workflow = self._page.draft.workflow
            values = {key: workflow.value(key) for key in self._page.draft.changes}
            self.edit(values, _("Reset all inputs"))

    def set_expands(self, key: InputKey, *, on: bool) -> None:
        """Whether `{a|b}` and `__name__` in the text of an input are chosen for each run."""
        if self._page is None:
            return
        draft, name = self._page.draft, key.name
        expands = draft.expands | {key} if on else draft.expands - {key}
        label = _("Choose words of %s for each run") if on else _("Send %s as it is written")
        self._advance(replace(draft, expands=expands), label % name, None)

    def set_seed_mode(self, key: InputKey, mode: SeedMode, *others: InputKey) -> None:
        if self._page is not None:
            label = _("Change the seed mode of %s") % key.name
            self._advance(self._page.draft.with_seed_mode(key, mode, *others), label, None)

    def use_examples(self) -> None:
        """Takes over the deployment's example values."""
        self.settling.publish(None)
        self.edit(self.state.examples, _("Use the deployment's example values"))

    def take_over_file_values(self) -> None:
        """Makes what differs between the opened file and the deployment changes to be sent."""
        values = self.state.difference.values if self.state.difference is not None else {}
        label = n_("Send the file's %d value", "Send the file's %d values", len(values))
        self._settle_difference(values, label % len(values))

    def use_deployed_workflow(self) -> None:
        """Shows what the deployment runs in place of the opened file; own changes stay."""
        self._settle_difference({}, _("Use the deployment's values"))

    def run_file_itself(self) -> None:
        """Lets a run send the opened file's own workflow, in place of the deployment's."""
        self.settling.publish(None)
        if self._page is not None and self.state.difference is not None:
            draft = replace(self._page.draft, runs_file=True)
            self._advance(draft, _("Run the file itself"), None)

    def use_file_as_it_is(self) -> None:
        """Brings the draft on its file as that is by now, with the changes that fit there."""
        self.settling.publish(None)
        page = self._page
        if page is not None and page.newer is not None:
            fresh = replace(page.newer, deployment_id=page.draft.deployment_id)
            self._advance(carried_over(page.draft, fresh), _("Use the file as it is now"), None)

    def undo(self) -> None:
        self.settling.publish(None)
        if self._page is not None and self._page.undo():
            self.note_edit(self._page)

    def redo(self) -> None:
        self.settling.publish(None)
        if self._page is not None and self._page.redo():
            self.note_edit(self._page)

    # Running

    def run_source(self) -> RunSource | None:
        """The draft in view on its deployment, of which runs are made; None without both."""
        draft, deployment = self.state.draft, self.state.deployment
        if draft is None or deployment is None:
            return None
        ready = readying(self.state.schema, sends=bool(self.state.difference))
        return RunSource(deployment, draft, ready)

    def as_it_ran(self, draft: Draft) -> Draft:
        """A draft that was in view, with the seeds that other runs of it have moved on since."""
        page = self.pages.get(draft.key)
        return draft if page is None else self.seeds.latest(draft, page.draft)

    def put(self, key: str, values: Changes, label: str) -> None:
        """Changes a draft that need not be in view any more, as one step."""
        page = self.pages.get(key)
        if page is not None and page.advance(page.draft.with_values(values), label, None):
            self.note_edit(page)

    def show_ran(self, draft: Draft, last: Draft) -> None:
        """Puts on screen with which seeds a draft ran `last`, but not over what was typed since."""
        page = self.pages.get(draft.key)
        if page is None:
            return
        keys = [
            key
            for key in draft.seed_modes
            if key in last.seed_modes and same_value(page.draft.value(key), draft.value(key))
        ]
        self.seeds.ran(last, keys)
        moved = page.draft.with_values({key: last.value(key) for key in keys})
        if page.advance(moved, _("New seed"), "new seed"):
            self.note_edit(page)

    def why_not(self, values: Changes) -> str:
        """Why the draft in view could not run with `values` in it; "" when it could."""
        if self._page is None:
            return _("There is nothing to run yet.")
        gone = self._gone.get(self._page.draft.deployment_id, "")
        draft = self._page.draft.with_values(values)
        words = blocking_text(self.word_faults(draft, self.state.schema))
        return gone or words or why_not(draft, self.state, self._lost)

    def set_lost(self, lost: Mapping[str, str]) -> None:
        """Which kept files cannot be sent, by their names on the shelf, and why."""
        if lost != self._lost:
            self._lost = dict(lost)
            self._publish()

    def set_large_pictures(self, chosen: LargePictures) -> None:
        """Takes over the setting for pictures above the recommended size."""
        if chosen is not self._large_pictures:
            self._large_pictures = chosen
            self.state = replace(self.state, large_pictures=chosen)
            self._publish()

    def look_again(self) -> None:
        """What `doubts` says has changed."""
        self._publish()

    # Inside

    def _settle_difference(self, values: Changes, label: str) -> None:
        """Puts the deployment's workflow in the file's place, with `values` and own changes."""
        self.settling.publish(None)
        state = self.state
        if self._page is None or state.difference is None or state.deployment is None:
            return
        _deployment, workflow = self._deployed[state.deployment.deployment_id]
        fresh = replace(self._page.draft, workflow=workflow, changes={}).with_values(values)
        settled = replace(carried_over(self._page.draft, fresh), runs_file=False)
        self._advance(settled, label, None)

    def _advance(self, draft: Draft, label: str, merge: object) -> None:
        if self._page is not None and self._page.advance(draft, label, merge):
            self.note_edit(self._page)

    def note_edit(self, page: Page) -> None:
        """Has one of the `pages`, which was changed, stored and shown."""
        self.edited.publish(page.draft)
        self._publish()

    def bring_up(self, page: Page) -> None:
        """Brings one of the `pages` into view."""
        self._page = page
        page.merge = None
        self._publish()

    def _publish(self) -> None:
        page = self._page
        if page is None:
            return
        draft = page.draft
        schema = self.schemas.get(draft.deployment_id)
        deployment, deployed = self._deployed.get(draft.deployment_id, (None, None))
        difference = None
        if draft.source.is_file and deployed is not None:
            difference = self._comparison.of(draft.workflow, deployed)
        newer = page.newer
        renewal = self._renewal.of(newer.workflow, draft.workflow) if newer is not None else None
        faults = {**self.doubts(draft, schema)}
        faults |= address_faults(draft, schema, self._large_pictures)
        faults |= self._checker.faults(draft, schema)
        faults |= self.word_faults(draft, schema)
        faults |= lost_files(draft, self._lost)
        if not self._has_partner_key:
            faults = {**key_faults(self._partners.of(draft.workflow, schema)), **faults}
        gone = self._gone.get(draft.deployment_id, "")
        self.state = BenchState(
            draft=draft,
            schema=schema,
            deployment=deployment,
            difference=difference,
            renewal=renewal,
            faults=faults,
            examples=unused_examples(draft, deployment.payload if deployment else None),
            blocked=gone or why_blocked(draft, deployment, difference, faults, schema),
            is_disabled=not gone and deployment is not None and not deployment.is_enabled,
            reshaping=reshaping_text(draft, schema),
            large_pictures=self._large_pictures,
            conversion=_report_of(page, None if difference else deployed),
            undo_text=page.undo_text,
            redo_text=page.redo_text,
        )
        self.changed.publish(self.state)


def _report_of(page: Page, deployed: Workflow | None) -> Report | None:
    """The report on the workflow in view, or on the deployment's own; None when it was read whole.

    `deployed` is the deployment's workflow where it has the same nodes and values: a run that only
    changes values uses that one, whatever was left out of a file.
    """
    draft = page.draft
    own = page.conversion or draft.workflow.report
    if page.conversion is not None or draft.runs_file:
        return own
    runs = deployed if draft.source.is_file else draft.workflow
    if runs is None or runs.report is None:
        return own
    return replace(runs.report, is_stored=True)

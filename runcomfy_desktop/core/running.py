"""What of a draft goes out when it is run, and why it cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.checker import Checker
from runcomfy_desktop.domain.checks import (
    blocking_text,
    lost_files,
    mismatch,
    not_installed,
    unknown_classes,
)
from runcomfy_desktop.domain.large_media import LargeMedia, address_faults
from runcomfy_desktop.domain.live import (
    effective_workflow,
    live_changes,
    needs_inline,
    sent_names,
)
from runcomfy_desktop.domain.partner import PartnerNodes
from runcomfy_desktop.domain.workflow import Workflow
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.bench_state import BenchState
    from runcomfy_desktop.domain.checks import Fault
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.overrides import Difference
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey


@dataclass(frozen=True, slots=True)
class RunSource:
    """The draft and the deployment that runs are made of; `ready` leaves no more in a draft than is
    sent."""

    deployment: Deployment
    draft: Draft
    ready: Callable[[Draft], Draft]


def readying(schema: Schema | None, *, sends: bool) -> Callable[[Draft], Draft]:
    """`sends`: a file's workflow is another one than the deployment's, so that it has to go out."""
    partners, large = PartnerNodes(), LargeMedia(schema)

    def ready(draft: Draft) -> Draft:
        sent = as_sent(draft, schema, has_difference=sends)
        return replace(
            sent,
            has_partner_nodes=bool(partners.of(draft.workflow, schema)),
            large=frozenset(large.pictures(draft)) & sent.changes.keys(),
            shrinkable=frozenset(large.shrinkable(draft)) & sent.changes.keys(),
        )

    return ready


def as_sent(draft: Draft, schema: Schema | None, *, has_difference: bool) -> Draft:
    """The draft with no more in it than is sent: without values of inputs that are gone, and with
    the workflow whole where overrides cannot say what was changed."""
    # A file that is what the deployment runs anyway needs no sending.
    runs_file = draft.runs_file and has_difference
    is_reshaped = needs_inline(draft, schema)
    hidden = _Hidden(draft, schema)
    live = live_changes(draft, schema)
    changes = {key: value for key, value in live.items() if not hidden.has(key.node_id, key.name)}
    sent = replace(draft, changes=changes, runs_file=runs_file)
    if not is_reshaped and not runs_file:
        return sent
    workflow = hidden.taken_out(effective_workflow(draft, schema))
    return replace(sent, workflow=workflow, is_reshaped=is_reshaped)


class _Hidden:
    """The inputs that the server fills itself: some files have them, and nobody sends them."""

    def __init__(self, draft: Draft, schema: Schema | None) -> None:
        self._nodes = draft.workflow.nodes
        self._schema = schema

    def has(self, node_id: str, name: str) -> bool:
        node = self._nodes.get(node_id)
        told = (
            None
            if node is None or self._schema is None
            else self._schema.node_class(node.class_type)
        )
        return told is not None and name in told.hidden_names and name not in told.declared({})

    def taken_out(self, workflow: Workflow) -> Workflow:
        nodes = {}
        for node_id, node in workflow.nodes.items():
            kept = {
                name: value for name, value in node.inputs.items() if not self.has(node_id, name)
            }
            nodes[node_id] = node if len(kept) == len(node.inputs) else replace(node, inputs=kept)
        return Workflow(nodes)


def reshaping_text(draft: Draft, schema: Schema | None) -> str:
    """Why a run sends the workflow whole, "" when overrides do."""
    if not needs_inline(draft, schema):
        return ""
    for node_id in dict.fromkeys(key.node_id for key in draft.changes):
        node = draft.workflow.nodes.get(node_id)
        if node is not None and sent_names(node, draft, schema) != tuple(node.inputs):
            label = "" if schema is None else schema.display_name(node.class_type)
            name = " ".join((node.title or label or node.class_type).split())
            return _("Sent whole, because %s adds or removes inputs") % name
    return ""


def why_not(draft: Draft, bench: BenchState, lost: Mapping[str, str]) -> str:
    """Why a draft could not run in place of the one on the workbench, whose kept files are known
    to be `lost` as far as they are; "" when it could."""
    schema = bench.schema
    faults = {**address_faults(draft, schema, bench.large_pictures)}
    faults |= {**Checker().faults(draft, schema), **lost_files(draft, lost)}
    return why_blocked(draft, bench.deployment, bench.difference, faults, schema)


def why_blocked(
    draft: Draft,
    deployment: Deployment | None,
    difference: Difference | None,
    faults: Mapping[InputKey, Fault],
    schema: Schema | None,
) -> str:
    """Why a run is impossible as things stand, "" when it is possible."""
    if deployment is None:
        return _("Choose a deployment to run this workflow on")
    if not deployment.is_enabled:
        return _("%s is disabled, so it would refuse the run") % deployment.name
    if difference is not None and not draft.runs_file:
        return mismatch(difference, deployment.name)
    strangers = unknown_classes(draft.workflow, schema) if difference is not None else ()
    if strangers:
        return not_installed(strangers, deployment.name)
    return blocking_text(faults)

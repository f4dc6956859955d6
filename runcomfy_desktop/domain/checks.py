"""Why a run is impossible as things stand, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import Cure, Fault, FaultKind
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.overrides import Difference
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey, Workflow

__all__ = [
    "Cure",
    "Fault",
    "FaultKind",
    "blocking_text",
    "lost_files",
    "mismatch",
    "not_installed",
    "unknown_classes",
]


def lost_files(draft: Draft, lost: Mapping[str, str]) -> dict[InputKey, Fault]:
    """The inputs whose kept file cannot be sent; `lost` says why, by names on the shelf."""
    if not lost:
        return {}
    return {
        key: Fault(lost[value.stored_name], kind=FaultKind.MEDIA)
        for key, value in draft.changes.items()
        if isinstance(value, MediaFile) and value.stored_name in lost
    }


def unknown_classes(workflow: Workflow, schema: Schema | None) -> tuple[str, ...]:
    """Node classes that the deployment's container does not have; () without a schema."""
    if schema is None:
        return ()
    return tuple(
        {
            node.class_type: None
            for node in workflow.nodes.values()
            if schema.class_run(node.class_type) is None
        }
    )


def mismatch(difference: Difference, deployment_name: str) -> str:
    """Why what is on screen is not what would run; a run pays for what the person sees, or waits.

    Overrides change values of the deployment's own workflow and nothing else, so a file that
    differs from it would run as something else, unless it is sent whole.
    """
    if difference.strangers or difference.missing or difference.rewired:
        text = _("This file is another workflow than that of %s: choose which one to run")
        return text % deployment_name
    count = len(difference.values)
    text = n_(
        "%d value of the file differs from %s: choose which one to run",
        "%d values of the file differ from %s: choose which ones to run",
        count,
    )
    return text % (count, deployment_name)


def not_installed(classes: tuple[str, ...], deployment_name: str) -> str:
    """Why an inline run makes no sense: it can use only what the container has."""
    some = ", ".join(classes[:3]) + (", …" if len(classes) > 3 else "")
    text = n_("%s does not have this node: %s", "%s does not have these nodes: %s", len(classes))
    return text % (deployment_name, some)


def blocking_text(faults: Mapping[InputKey, Fault]) -> str:
    """One line that names what has to be cured before a run; "" when nothing has."""
    blocking = [(key, fault) for key, fault in faults.items() if fault.blocks]
    if not blocking:
        return ""
    key, fault = blocking[0]
    first = f"{key.name}: {fault.text}" if key.name else fault.text
    more = len(blocking) - 1
    if not more:
        return first
    return first + " " + n_("And %d more problem.", "And %d more problems.", more) % more

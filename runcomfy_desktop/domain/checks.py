"""What is wrong with a draft, in words that name the value, the limit and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_checks import media_trouble, text_trouble
from runcomfy_desktop.domain.schema import InputKind, InputSpec, Schema, input_spec
from runcomfy_desktop.domain.workflow import InputKey, link_of
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.overrides import Difference
    from runcomfy_desktop.domain.workflow import Workflow


class FaultKind(Enum):
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
    CONVERTED = "converted"
    """ComfyUI takes the value, and makes another one of it without saying so."""
    MEDIA = "media"
    """How a file would be sent, or that nothing is chosen."""
    UNKNOWN_INPUT = "unknown_input"
    PARTNER_KEY = "partner_key"
    """A node is billed by somebody else, whose key is not there."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cure:
    """What one press puts right: `label` is on the button ("Use euler"), `value` is then set."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one input; `blocks` says that a run makes no sense before it is cured.

    A fault of a whole node stands under `InputKey(node_id, "")`, one of the whole workflow under
    `InputKey("", "")`.
    """

    text: str
    blocks: bool = True
    kind: FaultKind = FaultKind.OTHER
    cure: Cure | None = None


def find_faults(draft: Draft, schema: Schema | None) -> dict[InputKey, Fault]:
    """The faults of changed inputs and of links; a saved value is the deployment's own affair."""
    faults = _broken_wires(draft.workflow)
    for key, value in draft.changes.items():
        node = draft.workflow.nodes.get(key.node_id)
        if node is not None:
            fault = fault_of(value, input_spec(schema, node, key.name))
            if fault is not None:
                faults[key] = fault
    return faults


def lost_files(draft: Draft, lost: Mapping[str, str]) -> dict[InputKey, Fault]:
    """The inputs whose kept file cannot be sent; `lost` says why, by names on the shelf."""
    if not lost:
        return {}
    return {
        key: Fault(lost[value.stored_name], kind=FaultKind.MEDIA)
        for key, value in draft.changes.items()
        if isinstance(value, MediaFile) and value.stored_name in lost
    }


def _broken_wires(workflow: Workflow) -> dict[InputKey, Fault]:
    faults: dict[InputKey, Fault] = {}
    for node in workflow.nodes.values():
        for name, value in node.inputs.items():
            # Asked at every edit, of thousands of inputs: most are no list, and that is quick.
            link = link_of(value) if isinstance(value, list) else None
            if link is not None and link.node_id not in workflow.nodes:
                text = _("Comes from node #%s, which is not in this workflow.") % link.node_id
                faults[InputKey(node.node_id, name)] = Fault(text, blocks=False)
    return faults


def unknown_classes(workflow: Workflow, schema: Schema | None) -> tuple[str, ...]:
    """Node classes that the deployment's container does not have; () without a schema."""
    if schema is None:
        return ()
    return tuple(
        {node.class_type: None for node in workflow.nodes.values() if node.class_type not in schema}
    )


def fault_of(value: Value, spec: InputSpec) -> Fault | None:
    """What is wrong with `value` for an input of kind `spec`, None when nothing is."""
    if isinstance(value, MediaFile) or (spec.kind.is_media and isinstance(value, str)):
        return _media_fault(value, spec.kind)
    if spec.kind in (InputKind.INT, InputKind.FLOAT):
        return _number_fault(value, spec)
    if spec.kind is InputKind.COMBO and value not in spec.choices:
        some = ", ".join(str(each) for each in spec.choices[:4])
        more = "" if len(spec.choices) <= 4 else ", …"
        return Fault(_("“%s” is not one of: %s%s") % (value, some, more))
    return None


def _media_fault(value: MediaFile | str, kind: InputKind) -> Fault | None:
    text = media_trouble(value, kind) if isinstance(value, MediaFile) else text_trouble(value, kind)
    return Fault(text, kind=FaultKind.MEDIA) if text else None


def _number_fault(value: Json, spec: InputSpec) -> Fault | None:
    # Whole numbers may be longer than any decimal, and then `isfinite` fails.
    is_finite = not isinstance(value, float) or isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite:
        return Fault(_("“%s” is not a number.") % value)
    if spec.minimum is not None and value < spec.minimum:
        return Fault(_("%s is below the minimum. Set it to %s or more.") % (value, spec.minimum))
    if spec.maximum is not None and value > spec.maximum:
        return Fault(_("%s is above the maximum. Set it to %s or less.") % (value, spec.maximum))
    return None


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

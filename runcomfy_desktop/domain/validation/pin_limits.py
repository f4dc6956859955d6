"""Issues for values outside of the limits that a pin sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_number
from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_spec
from runcomfy_desktop.domain.drafts.pin import narrowed_spec
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.domain.validation.quick_fixes import set_value_fix
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey


def limit_issues(
    pins: Iterable[Pin], draft: Draft, schema: NodeSchema | None
) -> dict[InputKey, InputIssue]:
    """Returns issues for pinned inputs whose value is outside of the pin's limits.

    The issues do not block a run, since ComfyUI would accept the value.
    """
    limited = (pin for pin in pins if pin.minimum is not None or pin.maximum is not None)
    found = {pin.key: _limit_issue(pin, draft.value(pin.key), draft, schema) for pin in limited}
    return {key: issue for key, issue in found.items() if issue is not None}


def _limit_issue(
    pin: Pin, value: Value, draft: Draft, schema: NodeSchema | None
) -> InputIssue | None:
    if not is_number(value):
        return None
    spec = narrowed_spec(active_spec(pin.key, draft, schema), pin)
    if spec.kind not in (InputKind.INT, InputKind.FLOAT):
        return None
    if (limit := spec.minimum) is not None and value < limit:
        text = _("%s is less than your limit of %s. A run takes it all the same.")
    elif (limit := spec.maximum) is not None and value > limit:
        text = _("%s is more than your limit of %s. A run takes it all the same.")
    else:
        return None
    texts = (inline_text(value), inline_text(limit))
    return InputIssue(text % texts, blocks=False, quick_fix=set_value_fix(limit))

"""How a measured process tells its figures: one line of JSON, its last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def say(facts: Mapping[str, object]) -> None:
    print(json.dumps(facts), flush=True)

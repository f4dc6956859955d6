"""Output of a measured process: its result as JSON, on its last line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def print_result(result: Mapping[str, object]) -> None:
    print(json.dumps(result), flush=True)

"""Execution step of one node, and the error that ends a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.flow import DataFlow, merged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.emulator.http_messages import Json
    from runcomfy_desktop.emulator.request_media import RequestMedia

EXECUTION_ERROR = 11011


class RunError(Exception):
    """Raised to end the run; the user gets the message and, separately, the technical part."""

    def __init__(self, message: str, node_id: str, kind: str = "RuntimeError") -> None:
        super().__init__(message)
        self.message = message
        self.node_id = node_id
        self.kind = kind
        self.code = EXECUTION_ERROR


@dataclass(frozen=True, slots=True)
class ExecutionStep:
    """Node about to run: its literal values and the data from its links.

    `digest` identifies these values and everything upstream.
    """

    node_id: str
    class_type: str
    values: Mapping[str, Json]
    flows: Mapping[str, DataFlow]
    media: Mapping[str, RequestMedia]
    digest: str = ""
    partner_key: str = field(default="", repr=False)
    """Key, sent with the request, for nodes that call paid services."""

    def flow(self, name: str) -> DataFlow:
        return self.flows.get(name, DataFlow())

    def merged(self, *excluded: str) -> DataFlow:
        return merged(flow for name, flow in self.flows.items() if name not in excluded)

    def number(self, name: str, default: float) -> float:
        """Returns a number from a widget, or from its link if there is one."""
        value = self.flows[name].value if name in self.flows else self.values.get(name)
        return value if isinstance(value, int | float) else default

    def integer(self, name: str, default: int) -> int:
        return int(self.number(name, default))

    def text(self, name: str) -> str:
        value = self.flows[name].value if name in self.flows else self.values.get(name)
        return value if isinstance(value, str) else ""

"""Remembers which reading of a deployment was the last: that in the list, or one by itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.deployments.deployment import Deployment


class LatestDeployments:
    """Counts questions: no clock says which of two was the later one, and of two answers the one
    that was asked for first may come last.

    `opened_record` gives the record that is on the workbench, None when there is none.
    """

    def __init__(self, opened_record: Callable[[str], Deployment | None]) -> None:
        self._opened_record = opened_record
        self._request_numbers = count(1)
        self._list_request_number = 0
        self._records: dict[str, tuple[int, Deployment]] = {}

    def begin_request(self) -> int:
        """Returns the number of a question that is about to be asked."""
        return next(self._request_numbers)

    def add_record(self, request_number: int, deployment: Deployment) -> None:
        """Takes a record that was read by itself."""
        self._records[deployment.deployment_id] = request_number, deployment

    def mark_list_read(self, request_number: int) -> None:
        """Notes that the list was read."""
        self._list_request_number = request_number

    def clear(self) -> None:
        """Forgets all; they were read with another key."""
        self._records.clear()

    def newest(self, deployment_id: str, listed: Deployment | None) -> Deployment | None:
        """Returns the record that was read last; `listed` is that of the list."""
        request_number, record = self._records.get(deployment_id, (0, None))
        if listed is None or (record is not None and request_number > self._list_request_number):
            return record
        opened = record or self._opened_record(deployment_id)
        if opened is None:
            return listed
        # A list may leave some of it out.
        version = listed.workflow_version or opened.workflow_version
        return replace(
            listed, workflow_version=version, hardware=listed.hardware or opened.hardware
        )

"""Latest known record of each deployment, from the list or read separately."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.deployments.deployment import Deployment


class LatestDeployments:
    """Decides which record is the latest by numbering the requests.

    No clock shows which of two responses is newer, and the response to an earlier request may
    arrive last.

    `opened_record` returns the record open in the editor, None if there is none.
    """

    def __init__(self, opened_record: Callable[[str], Deployment | None]) -> None:
        self._opened_record = opened_record
        self._request_numbers = count(1)
        self._list_request_number = 0
        self._records: dict[str, tuple[int, Deployment]] = {}

    def begin_request(self) -> int:
        """Returns the number of a request about to be sent."""
        return next(self._request_numbers)

    def add_record(self, request_number: int, deployment: Deployment) -> None:
        """Adds a record that was read separately from the list."""
        self._records[deployment.deployment_id] = request_number, deployment

    def mark_list_read(self, request_number: int) -> None:
        """Records that this request has read the list."""
        self._list_request_number = request_number

    def clear(self) -> None:
        """Forgets all records because they were read with another key."""
        self._records.clear()

    def newest(self, deployment_id: str, listed: Deployment | None) -> Deployment | None:
        """Returns the latest record; `listed` is the record from the list."""
        request_number, record = self._records.get(deployment_id, (0, None))
        if listed is None or (record is not None and request_number > self._list_request_number):
            return record
        opened = record or self._opened_record(deployment_id)
        if opened is None:
            return listed
        # The list may omit some values.
        version = listed.workflow_version or opened.workflow_version
        hardware = listed.hardware or opened.hardware
        return replace(listed, workflow_version=version, hardware=hardware)

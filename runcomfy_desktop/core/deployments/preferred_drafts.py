"""Which draft comes when a deployment is opened: what was in view last, or was asked for."""

from __future__ import annotations


class PreferredDrafts:
    """By the ids of deployments. `first_id` is what the program opens first, "" when that is not
    known; nothing is opened by itself while `is_held`."""

    def __init__(self) -> None:
        self.first_id = ""
        self.is_held = False
        self._keys: dict[str, str] = {}
        self._viewed_key = ""

    def key(self, deployment_id: str) -> str:
        """The key of the draft to be shown."""
        return self._keys.get(deployment_id, deployment_id)

    def prefer(self, deployment_id: str, key: str) -> None:
        """This one from now on; "" for the deployment's first."""
        if key:
            self._keys[deployment_id] = key
        else:
            self._keys.pop(deployment_id, None)

    def forget(self, deployment_id: str, key: str) -> None:
        """A draft is deleted: the first one of its deployment comes in its place."""
        if self.key(deployment_id) == key:
            self.prefer(deployment_id, "")

    def mark_viewed(self, deployment_id: str, key: str) -> None:
        """This one is in view; that it is edited there is no wish while another is awaited."""
        if key != self._viewed_key:
            self._viewed_key = key
            self.prefer(deployment_id, key)

    def set_first(self, deployment_id: str, key: str) -> None:
        self.first_id = deployment_id
        self.prefer(deployment_id, key)

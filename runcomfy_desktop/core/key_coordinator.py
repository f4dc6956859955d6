"""Mediator between the account and the parts that use its key.

Only the account decides whether the key is good: a single job may be refused because it belongs to
another account, and any refusal may be temporary. So every refusal makes the account check the key,
and the result of this check applies to all jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.account.account import AccountPhase, is_key_refused
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.core.account.account import Account, AccountState, KeyHolder
    from runcomfy_desktop.core.deployments.deployment_catalogue import (
        DeploymentCatalogue,
        DeploymentCatalogueState,
    )
    from runcomfy_desktop.core.jobs.job_queue import JobQueue


class KeyCoordinator:
    """Passes key changes and refusals between the account, the job queue and the catalogue."""

    def __init__(
        self, account: Account, key: KeyHolder, queue: JobQueue, catalogue: DeploymentCatalogue
    ) -> None:
        self._account = account
        self._key = key
        self._queue = queue
        self._catalogue = catalogue
        self._phase: AccountPhase | None = None
        self._is_refused = False
        # True while a new key is in use that has not been reported as good yet.
        self._is_new_key = False
        subscriptions = self._subscriptions = Subscriptions()
        subscriptions.add(account.changed, self._on_account)
        subscriptions.add(account.checked, self._on_checked)
        subscriptions.add(account.key_replaced, self._on_key_replaced)
        subscriptions.add(account.key_connected, lambda _nothing: self._on_key_connected())
        subscriptions.add(queue.key_accepted, lambda _nothing: self._on_key_accepted())
        subscriptions.add(queue.key_refused, lambda _nothing: self._request_check())
        subscriptions.add(queue.unreachable, lambda _nothing: account.check())
        subscriptions.add(catalogue.unreachable, lambda _problem: self._request_check())
        subscriptions.add(catalogue.changed, self._on_catalogue)
        self._on_account(account.state)

    def close(self) -> None:
        self._subscriptions.close()

    def _on_account(self, state: AccountState) -> None:
        is_new_phase, self._phase = state.phase is not self._phase, state.phase
        if state.phase not in (AccountPhase.CHECKING, AccountPhase.UNREACHABLE):
            # A refused key still counts as refused while it is checked again or its state is
            # unknown: jobs sent with it would fail, one by one.
            self._is_refused = state.phase is AccountPhase.REJECTED
        has_key = bool(self._key.token) and not self._is_refused
        self._queue.send_queue.set_has_key(has_key, is_refused=self._is_refused)
        if is_new_phase:
            self._on_phase(state.phase)

    def _on_phase(self, phase: AccountPhase) -> None:
        if phase in (AccountPhase.SIGNED_IN, AccountPhase.UNREACHABLE):
            # There is a key now. An unreadable balance says nothing about the jobs.
            self._queue.wake()
        if phase is AccountPhase.SIGNED_IN:
            self._is_new_key = False
            self._catalogue.refresh()
        elif phase is not AccountPhase.CHECKING:
            # Without a good key the catalogue cannot be read.
            self._catalogue.mark_stale()
        if phase in (AccountPhase.SIGNED_OUT, AccountPhase.REJECTED):
            self._queue.set_key_validity(is_good=False)

    def _on_key_replaced(self, _had_one: bool) -> None:
        self._is_new_key = True
        self._is_refused = False

    def _on_key_connected(self) -> None:
        # The user may have connected the refused key again while the balance is unreachable.
        self._is_refused = False

    def _on_key_accepted(self) -> None:
        """Trusts a good response about a job while the account cannot check the key."""
        send_queue = self._queue.send_queue
        if self._phase is AccountPhase.UNREACHABLE and not send_queue.state.has_key:
            self._is_refused = False
            send_queue.set_has_key(True)
            self._queue.set_key_validity(is_good=True)

    def _on_checked(self, problem: Problem | None) -> None:
        send_queue = self._queue.send_queue
        if problem is None or problem.kind is not ProblemKind.TIMEOUT:
            # A slow service may be reachable.
            send_queue.set_online(problem is None or problem.kind is not ProblemKind.OFFLINE)
        if problem is not None:
            if not is_key_refused(problem) and self._phase is AccountPhase.UNREACHABLE:
                self._queue.set_key_validity(is_good=None)
            return
        # Even if the state is unchanged: a job may have been refused although the key is good.
        send_queue.set_has_key(True)
        self._queue.set_key_validity(is_good=True)
        if self._is_new_key and self._phase is AccountPhase.SIGNED_IN:
            # The key came from the keyring, and the phase did not change.
            self._is_new_key = False
            self._queue.wake()
            self._catalogue.refresh()

    def _on_catalogue(self, state: DeploymentCatalogueState) -> None:
        if state.problem is not None and state.problem.kind is ProblemKind.AUTH:
            self._request_check()

    def _request_check(self) -> None:
        if self._account.state.phase is AccountPhase.SIGNED_IN:
            self._account.check()

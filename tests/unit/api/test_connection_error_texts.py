from __future__ import annotations

import ssl

import httpx
import pytest

from runcomfy_desktop.api.connection_error_texts import connection_error_texts
from runcomfy_desktop.api.connection_errors import (
    NoCertificates,
    ProxyConnectError,
    ProxyErrorReason,
)
from runcomfy_desktop.api.errors import connection_problem
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.domain.base.problem import ProblemKind


def of_certificate(code: int) -> httpx.ConnectError:
    error = httpx.ConnectError("tls")
    cause = ssl.SSLCertVerificationError("not known")
    cause.verify_code = code
    error.__cause__ = cause
    return error


def test_a_connection_that_breaks_is_told_apart_by_how_far_it_got() -> None:
    error = httpx.RemoteProtocolError("cut")
    before, _advice, first = connection_error_texts(error, "api.example", has_response=False)
    after, _advice, second = connection_error_texts(error, "api.example", has_response=True)
    assert before != after
    assert (first, second) == (ProblemKind.OFFLINE, ProblemKind.UNREADABLE)


@pytest.mark.parametrize("why", list(ProxyErrorReason))
def test_all_that_a_proxy_does_has_a_sentence_and_an_advice(why: ProxyErrorReason) -> None:
    title, advice, kind = connection_error_texts(
        ProxyConnectError(why, "proxy.example:8080"), "api.example", has_response=False
    )
    assert title.endswith(".")
    assert advice.endswith(".")
    assert "%(" not in title + advice
    assert "proxy.example:8080" in title or why is ProxyErrorReason.UNKNOWN_HOST
    assert kind is (
        ProblemKind.TIMEOUT if why is ProxyErrorReason.NO_RESPONSE else ProblemKind.OFFLINE
    )


def test_each_of_them_has_its_own() -> None:
    titles = {
        connection_error_texts(ProxyConnectError(why, "proxy"), "api.example", has_response=False)[
            0
        ]
        for why in ProxyErrorReason
    }
    assert len(titles) == len(ProxyErrorReason)


@pytest.mark.parametrize("code", [0, 9, 10, 18, 19, 20, 62])
def test_certificates(code: int) -> None:
    title, advice, kind = connection_error_texts(
        of_certificate(code), "api.example", has_response=False
    )
    assert title.startswith("The identity of api.example cannot be confirmed")
    assert title.endswith(".")
    assert advice.endswith(".")
    assert kind is ProblemKind.OFFLINE


def test_a_computer_without_certificates() -> None:
    title, advice, _kind = connection_error_texts(
        NoCertificates("none"), "api.example", has_response=False
    )
    assert "no certificates" in title
    assert "ca-certificates" in advice


def test_what_it_means_for_a_job_that_was_to_be_sent() -> None:
    for error in (
        ProxyConnectError(ProxyErrorReason.WRONG_PASSWORD, "proxy"),
        of_certificate(10),
        NoCertificates("none"),
    ):
        problem = connection_problem(
            error, ApiOperation.SUBMIT, host="api.example", has_started=False
        )
        assert problem.detail == "The job was not accepted and costs nothing."
        assert not problem.is_uncertain
        polled = connection_problem(error, ApiOperation.POLL, host="api.example")
        assert "goes on at the service" in polled.detail

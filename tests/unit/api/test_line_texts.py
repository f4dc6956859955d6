from __future__ import annotations

import ssl

import httpx
import pytest

from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import broken_line
from runcomfy_desktop.api.line_faults import NoCertificates, ProxyFault, ProxyWhy
from runcomfy_desktop.api.line_texts import line_texts
from runcomfy_desktop.domain.problem import ProblemKind


def of_certificate(code: int) -> httpx.ConnectError:
    error = httpx.ConnectError("tls")
    cause = ssl.SSLCertVerificationError("not known")
    cause.verify_code = code
    error.__cause__ = cause
    return error


def test_a_line_that_breaks_is_told_apart_by_how_far_it_got() -> None:
    error = httpx.RemoteProtocolError("cut")
    before, _advice, first = line_texts(error, "api.example", answered=False)
    after, _advice, second = line_texts(error, "api.example", answered=True)
    assert before != after
    assert (first, second) == (ProblemKind.OFFLINE, ProblemKind.UNREADABLE)


@pytest.mark.parametrize("why", list(ProxyWhy))
def test_all_that_a_proxy_does_has_a_sentence_and_an_advice(why: ProxyWhy) -> None:
    title, advice, kind = line_texts(
        ProxyFault(why, "proxy.example:8080"), "api.example", answered=False
    )
    assert title.endswith(".")
    assert advice.endswith(".")
    assert "%(" not in title + advice
    assert "proxy.example:8080" in title or why is ProxyWhy.UNKNOWN_HOST
    assert kind is (ProblemKind.TIMEOUT if why is ProxyWhy.SILENT else ProblemKind.OFFLINE)


def test_each_of_them_has_its_own() -> None:
    titles = {
        line_texts(ProxyFault(why, "proxy"), "api.example", answered=False)[0] for why in ProxyWhy
    }
    assert len(titles) == len(ProxyWhy)


@pytest.mark.parametrize("code", [0, 9, 10, 18, 19, 20, 62])
def test_certificates(code: int) -> None:
    title, advice, kind = line_texts(of_certificate(code), "api.example", answered=False)
    assert title.startswith("The identity of api.example cannot be confirmed")
    assert title.endswith(".")
    assert advice.endswith(".")
    assert kind is ProblemKind.OFFLINE


def test_a_computer_without_certificates() -> None:
    title, advice, _kind = line_texts(NoCertificates("none"), "api.example", answered=False)
    assert "no certificates" in title
    assert "ca-certificates" in advice


def test_what_it_means_for_a_job_that_was_to_be_sent() -> None:
    for error in (
        ProxyFault(ProxyWhy.WRONG_PASSWORD, "proxy"),
        of_certificate(10),
        NoCertificates("none"),
    ):
        problem = broken_line(error, Errand.SUBMIT, host="api.example", began=False)
        assert problem.detail == "The job was not accepted and costs nothing."
        assert not problem.uncertain
        polled = broken_line(error, Errand.POLL, host="api.example")
        assert "goes on at the service" in polled.detail

"""A certificate for 127.0.0.1 without a trusted authority; its key protects nothing."""

from __future__ import annotations

import ssl
from pathlib import Path

_PEM = Path(__file__).with_suffix(".pem")


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_PEM)
    return context

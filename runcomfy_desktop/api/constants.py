"""Time-outs, sizes and retry limits of the API client."""

from __future__ import annotations

from runcomfy_desktop.domain.base.backoff import Backoff

_MB = 1024 * 1024

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
WRITE_TIMEOUT_S = 60.0
POOL_TIMEOUT_S = 60.0
SUBMIT_READ_TIMEOUT_S = 120.0
"""The service may check a large body for some time before it responds."""
FILE_IDLE_TIMEOUT_S = 120.0
SLOW_WINDOW_S = 180.0
MIN_BYTES_PER_S = 1024
"""A download that stays slower than this for SLOW_WINDOW_S is stopped and resumed later."""
RESPONSE_TIMEOUT_S = 120.0
"""Limit for one whole response: a server that sends byte by byte must not block a call forever."""
LARGE_RESPONSE_TIMEOUT_S = 600.0

WRONG_PASSWORD_BLOCK_S = 600.0
"""Time for which a password refused by a proxy is not sent to it again.

Many companies lock accounts after repeated wrong passwords, which the polling of jobs would send.
"""

GET_TRIES = 4
RETRY_WINDOW_S = 45.0
"""No retry is scheduled later: after a click, users should not wait for four time-outs."""
RETRY_BACKOFF = Backoff(0.25, 10.0, jitter=1.0)
"""Pauses between tries. Up to half of a pause is random, so that many clients do not retry in step.
"""
MIN_BUSY_RETRY_DELAY_S = 2.0
"""Minimum pause after "too many requests" if the service does not specify one."""
MAX_RETRY_AFTER_WAIT_S = 30.0
MAX_RETRY_AFTER_S = 3600.0
FALLBACK_RETRY_AFTER_S = 60.0
"""Replaces a Retry-After of more than an hour, which cannot be meant seriously."""
RETRYABLE_STATUS = frozenset({408, 429, 500, 502, 503, 504})

MAX_API_CONNECTIONS = 16
MAX_SUBMIT_CONNECTIONS = 16
MAX_FILE_CONNECTIONS = 8
KEEP_ALIVE_S = 30.0

JSON_CAP_BYTES = 8 * _MB
LARGE_JSON_CAP_BYTES = 64 * _MB
RESULT_CAP_BYTES = 32 * _MB
"""Results contain the texts made by nodes in full; a longer result would freeze the window."""
DOWNLOAD_CAP_BYTES = 2 * 1024 * _MB
MIN_THREAD_PARSE_BYTES = 256 * 1024
MAX_JSON_DEPTH = 100
MAX_JSON_VALUES = 3_000_000
"""An object_info with all existing node packs has about a million."""
MAX_REDIRECTS = 5

CHUNK_BYTES = 96 * 1024
"""Size of the pieces of a body.

A multiple of three, so that the Base64 of the pieces joins to the Base64 of the whole; and small,
because each piece must be sent within WRITE_TIMEOUT_S on the slowest working connection.
"""
WRITE_BUFFER_BYTES = 256 * 1024
CHECKPOINT_INTERVAL_BYTES = 4 * _MB
"""After this number of bytes a download is flushed to the disk and its size is recorded."""

MAX_MESSAGE_CHARS = 300
MAX_TECHNICAL_CHARS = 1500
MAX_URL_CHARS = 2048

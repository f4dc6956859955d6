"""Where the service shall tell by itself what becomes of a job.

A computer at home has no address that the service could call, so the program asks instead; this
is for somebody who runs a receiver of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.address import may_read, parse_url
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.address import Origin


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address to call at the end of a job, and with `intermediate` on its way there as well.

    Nothing is signed, so whoever knows the address can call it: it is a secret.
    """

    url: str = field(repr=False)
    intermediate: bool = False

    def query(self, base: Origin) -> str:
        """The query of a submit to `base`. Raises Problem when it cannot be such an address.

        https only; a stand-in on this computer may call this computer.
        """
        url = parse_url(self.url)
        if url is None or len(self.url) > constants.URL_CHARS or not may_read(url, base):
            raise Problem(
                _("The service can call only an https address, without a user name in it."),
                _("Nothing was sent, and it costs nothing."),
                _("Correct the address, or run without it."),
            )
        # As it goes over the line, so that the service need not know how to spell it.
        params = {"webhook": self.url if self.url.isascii() else str(url)}
        if self.intermediate:
            params["webhook_intermediate_status"] = "true"
        return urlencode(params, quote_via=quote, safe="")

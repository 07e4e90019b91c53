"""A small HTTP client. A request leaves only where the operator has granted its address; redirects are not followed."""

from __future__ import annotations

import json as _json
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional, Tuple

from . import _host
from .failure import (
    Auth,
    BadOutput,
    Failure,
    InsufficientCredit,
    Internal,
    InvalidInput,
    LimitExceeded,
    ModelNotFound,
    Overloaded,
    RateLimited,
    Submitted,
    Upstream,
    UpstreamTimeout,
)
from .media import Media


DAY = 86400
"""More seconds than that nobody waits."""


def failure_of(kind: str, value: Any) -> Failure:
    """The failure that an error of the interface means for the call."""
    if kind == "denied":
        return Auth(str(value))
    if kind == "rate-limited":
        return RateLimited("the operator allows no more requests now", value, "operator")
    if kind == "connect":
        return Overloaded(f"no connection: {value}")
    if kind == "timeout":
        return UpstreamTimeout("the upstream took too long", submitted=Submitted.UNKNOWN)
    if kind == "response-too-large":
        return BadOutput(f"the answer has more than {value} bytes", submitted=Submitted.UNKNOWN)
    if kind == "protocol":
        return BadOutput(f"the answer broke off: {value}", submitted=Submitted.UNKNOWN)
    return Internal(f"the request cannot be sent: {kind}: {value}")


@dataclass
class Request:
    """What is sent. ``send(...)`` makes one."""

    method: str
    url: str
    headers: Dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    credential: Optional[str] = None
    first_byte_ms: Optional[int] = None


class Response:
    """An answer whose headers have come. A status that is no success is an answer too."""

    def __init__(self, status: int, headers: Iterable[Tuple[str, str]] = (), body: Iterable[bytes] = ()) -> None:
        """Takes the body as pieces, each of which is waited for when it is asked for."""
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self._body = iter(body)

    def iter_bytes(self) -> Iterable[bytes]:
        """The body, as it comes."""
        return self._body

    def iter_lines(self) -> Iterable[str]:
        """The lines of the body, as they come, without their ends."""
        rest = b""
        for piece in self._body:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", "replace").rstrip("\r")
        if rest:
            yield rest.decode("utf-8", "replace")

    def read(self) -> bytes:
        """The rest of the body."""
        return b"".join(self._body)

    def json(self) -> Any:
        """The rest of the body, which is JSON. Raises :class:`.BadOutput` when it is not."""
        try:
            return _json.loads(self.read())
        except ValueError as error:
            raise BadOutput(f"the answer is no JSON: {error}", submitted=Submitted.YES) from None

    def raise_for_status(self) -> Response:
        """Raises the failure that a status means which is no success; else gives the answer back."""
        if self.status < 400:
            return self
        said = self.read()[:500].decode("utf-8", "replace").strip()
        reason = said if said and "<" not in said else "it does not say why"
        raise _refused(self.status, f"the upstream answered with status {self.status}: {reason}", self._wait_ms())

    def _wait_ms(self) -> Optional[int]:
        wait = self.headers.get("retry-after", "").strip()
        return min(int(wait), DAY) * 1000 if wait.isdigit() else None


def _refused(status: int, text: str, wait_ms: Optional[int]) -> Failure:
    """What a status means with most upstreams. Whoever answers has the request."""
    yes = {"submitted": Submitted.YES}
    if status in (400, 422):
        return InvalidInput("request", text, **yes)
    if status in (401, 403):
        return Auth(text, **yes)
    if status == 402:
        return InsufficientCredit(text, **yes)
    if status == 404:
        return ModelNotFound(text, **yes)
    if status in (408, 504):
        return UpstreamTimeout(text, **yes)
    if status == 413:
        return LimitExceeded("request", text, **yes)
    if status == 429:
        return RateLimited(text, wait_ms, **yes)
    if status in (503, 529):
        return Overloaded(text, wait_ms, **yes)
    return Upstream(text, status, **yes)


def send(
    method: str,
    url: str,
    *,
    headers: Optional[Dict[str, str]] = None,
    body: bytes = b"",
    json: Any = None,
    credential: Optional[str] = None,
    first_byte_ms: Optional[int] = None,
) -> Response:
    """Sends a request to an absolute ``https`` address and waits for the headers of the answer.

    ``json`` is sent as the body. ``credential`` names one that the host attaches. ``first_byte_ms`` is how long the upstream may
    take to answer; what is left of the call, unless said. Raises the :class:`.Failure` that it means where there is no answer.
    """
    headers = dict(headers or {})
    if json is not None:
        body = _json.dumps(json).encode()
        headers.setdefault("content-type", "application/json")
    return _host.current.send(Request(method, url, headers, body, credential, first_byte_ms))


def fetch(url: str, max_bytes: int) -> Media:
    """Has the host download a file that an upstream made, under the same grants. Its type is what it was found to be."""
    return Media(*_host.current.fetch(url, max_bytes))


def set_in_test(*answers: Response) -> List[Request]:
    """Says what a test's requests are answered with, in this order. Gives the list that the requests will be in."""
    _host.current.test_answers = list(answers)
    _host.current.test_requests = []
    return _host.current.test_requests

"""The services of the host, as the interface has them."""

from __future__ import annotations

import io
import logging
import random
import sys
from typing import Any, Dict, Iterator, List, Optional, Tuple

from componentize_py_types import Err
from wit_world.imports import blobs, config, credentials, http, key_value, log, progress

from .. import _host, http as ours, key_value as values
from ..failure import Auth, Internal
from . import stores
from .convert import CHUNK, read_blob

LEVELS = [
    (logging.ERROR, log.Level.ERROR),
    (logging.WARNING, log.Level.WARN),
    (logging.INFO, log.Level.INFO),
    (logging.DEBUG, log.Level.DEBUG),
]


def enter() -> None:
    """Every exported function begins with this: what is printed and logged goes to the log of the host."""
    if _host.current is not COMPONENT:
        _host.current = COMPONENT
        root = logging.getLogger()
        root.addHandler(Handler())
        if root.level == logging.WARNING:
            root.setLevel(logging.INFO)
        # What was drawn when the component was built would be drawn again by every instance.
        random.seed()
        sys.stdout, sys.stderr = Printed(log.Level.INFO), Printed(log.Level.WARN)


class Handler(logging.Handler):
    """Sends what is logged to the host."""

    def emit(self, message: logging.LogRecord) -> None:
        level = next((level for least, level in LEVELS if message.levelno >= least), log.Level.TRACE)
        log.log(level, self.format(message))


class Printed(io.TextIOBase):
    """Sends what is printed to the host, a line at a time."""

    def __init__(self, level: Any) -> None:
        super().__init__()
        self._level = level
        self._line = ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            log.log(self._level, line)
        return len(text)


class Component(_host.Host):
    """The host of a component."""

    def setting(self, key: str) -> Optional[str]:
        return config.get(key)

    def settings(self) -> List[str]:
        return config.keys()

    def report(self, permille: Optional[int], message: Optional[str]) -> None:
        progress.report(progress.Update(permille, message))

    def has_credential(self, name: str) -> bool:
        try:
            return credentials.has(name)
        except Err as error:
            raise Auth(error.value.value) from None

    def value(self, key: str) -> Optional[bytes]:
        return stored(key_value.get, key)

    def set_value(self, key: str, value: bytes) -> None:
        stored(key_value.set, key, value)

    def delete_value(self, key: str) -> None:
        stored(key_value.delete, key)

    def values(self, prefix: str, after: Optional[str]) -> List[str]:
        return stored(key_value.keys, prefix, after)

    def lent_stores(self) -> List[Tuple[str, str, bool]]:
        return stores.lent()

    def store(self, kind: str, name: str) -> Any:
        return stores.KINDS[kind](name)

    def send(self, request: ours.Request) -> ours.Response:
        body = http.Body_Bytes(request.body) if request.body else http.Body_Empty()
        headers = [http.Header(name, value) for name, value in request.headers.items()]
        method = http.Method[request.method.upper()]
        raw = http.Request(method, request.url, headers, body, request.credential, request.first_byte_ms)
        response = reached(http.send, raw)
        headers = [(header.name, header.value) for header in response.headers()]
        return ours.Response(response.status(), headers, pieces(response))

    def fetch(self, url: str, max_bytes: int) -> Tuple[str, bytes]:
        try:
            blob = blobs.import_url(url, max_bytes)
            return blob.info().media_type, read_blob(blob)
        except Err as error:
            if isinstance(error.value, blobs.BlobError_Denied):
                raise Auth(error.value.value) from None
            raise Internal(f"the file cannot be fetched: {getattr(error.value, 'value', 'it is gone')}") from None


COMPONENT = Component()


def stored(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Err as error:
        raise values.KeyValueError(str(getattr(error.value, "value", ""))) from None


def pieces(response: Any) -> Iterator[bytes]:
    while chunk := reached(response.read, CHUNK):
        yield chunk


KINDS: Dict[Any, str] = {
    http.HttpError_Denied: "denied",
    http.HttpError_InvalidRequest: "invalid-request",
    http.HttpError_Connect: "connect",
    http.HttpError_RequestTooLarge: "request-too-large",
    http.HttpError_RateLimited: "rate-limited",
    http.HttpError_Timeout: "timeout",
    http.HttpError_ResponseTooLarge: "response-too-large",
    http.HttpError_Protocol: "protocol",
}


def reached(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Err as error:
        kind = KINDS[type(error.value)]
        raise ours.failure_of(kind, getattr(error.value, "value", None)) from None

"""Which secrets the operator has given to this provider. It never sees one: it names it in a request of :mod:`.http`."""

from __future__ import annotations

from . import _host


def has(name: str) -> bool:
    """Whether a value is set for one of ``credential_names``. Raises :class:`.Auth` when it was not granted."""
    return _host.current.has_credential(name)


def set_in_test(*names: str) -> None:
    """Says which credentials a test has."""
    _host.current.test_credentials = set(names)

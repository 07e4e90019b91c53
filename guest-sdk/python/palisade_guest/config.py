"""Settings that the operator gave to this provider. Secrets are never among them."""

from __future__ import annotations

from typing import Dict, List, Optional

from . import _host


def get(key: str, default: Optional[str] = None) -> Optional[str]:
    """The value of ``key``; the default when the operator did not set it. A value that is not a string is given as JSON."""
    value = _host.current.setting(key)
    return default if value is None else value


def keys() -> List[str]:
    """All keys that are set, in ascending order."""
    return _host.current.settings()


def set_in_test(settings: Dict[str, str]) -> None:
    """Says what the settings of a test are."""
    _host.current.test_settings = dict(settings)

"""How far a call is, for whoever waits for it."""

from __future__ import annotations

from typing import Optional

from . import _host


def report(permille: Optional[int] = None, message: Optional[str] = None) -> None:
    """Reports thousandths of the work done, and what is being done in a few words. Never fails."""
    _host.current.report(permille, message)

"""Why a store did not do what it was asked."""

from __future__ import annotations

from typing import Any, Dict, Literal

from ..failure import Failure, Internal, LimitExceeded, Overloaded

Case = Literal["denied", "invalid", "too-large", "unavailable", "io"]

KINDS = {"too-large": "limit-exceeded", "unavailable": "overloaded"}
"""What a refusal is to the caller of the provider, who is not to blame for any other."""


class StoreError(Failure):
    """A store did not do what it was asked. What is denied, invalid or too large is not done at all.

    Where it is not caught, the call fails: as one that is too large, as one that may work later, or as the provider's own mistake.
    """

    def __init__(self, case: Case, message: str, **more: Any) -> None:
        """Makes one of this case with a sentence that says why."""
        super().__init__(message, **more)
        self.case: Case = case
        """``denied``: no such store is lent, or none to be written to. ``invalid``: no store can do this. ``too-large``: there is
        no room for it, or it is more than is told at a time. ``unavailable``: later it may work. ``io``: the host could not read
        or write it."""
        self.kind = KINDS.get(case, "internal")

    def as_failure(self) -> Failure:
        """What it is to the caller of the provider."""
        more: Dict[str, Any] = {"submitted": self.submitted, "upstream_id": self.upstream_id, "usage": self.usage}
        if self.case == "too-large":
            return LimitExceeded("store", self.message, **more)
        return (Overloaded if self.case == "unavailable" else Internal)(self.message, **more)

"""Why a call fails: an exception for each decision that the host takes on it.

Raise one of these. The host reads its class and never its message; any other exception reaches it as :class:`Internal`, with the
traceback in the log of the provider.
"""

from __future__ import annotations

from enum import Enum
from typing import Optional

from .usage import Usage


class Submitted(Enum):
    """Whether work that is paid for has been handed to an upstream. The host compares it with what it saw leave."""

    NO = "no"
    """Nothing has left: calling again is safe."""
    YES = "yes"
    """The upstream has the request."""
    UNKNOWN = "unknown"
    """It may have it."""


class Failure(Exception):
    """A call that did not succeed. Raise one of its subclasses."""

    kind = "internal"
    """The decision, as the interface calls it."""

    def __init__(
        self,
        message: str,
        *,
        submitted: Submitted = Submitted.NO,
        upstream_id: Optional[str] = None,
        usage: Optional[Usage] = None,
    ) -> None:
        """Makes a failure with a sentence for people: what happened and what to do, lower case, without a period.

        ``upstream_id`` is the upstream's id of the request, and ``usage`` what is billed although the call failed.
        """
        super().__init__(message)
        self.message = message
        self.submitted = submitted
        self.upstream_id = upstream_id
        self.usage = usage


class InvalidInput(Failure):
    """The request is wrong for every provider: this field of it, for this reason."""

    kind = "invalid-input"

    def __init__(self, field: str, reason: str, **more) -> None:
        """Names the field, for example ``size`` or ``messages[2].parts[0]``, and says what would be right."""
        super().__init__(f"{field}: {reason}", **more)
        self.field = field
        self.reason = reason


class LimitExceeded(InvalidInput):
    """The request is right, but larger than this model takes."""

    kind = "limit-exceeded"


class Unsupported(Failure):
    """The named parameters or features are not available here."""

    kind = "unsupported"

    def __init__(self, *features: str, **more) -> None:
        """Names what is not available."""
        super().__init__(f"not supported: {', '.join(features)}", **more)
        self.features = list(features)


class ContentPolicy(Failure):
    """The content was refused; the category, when there is one."""

    kind = "content-policy"

    def __init__(self, message: str, category: Optional[str] = None, **more) -> None:
        super().__init__(message, **more)
        self.category = category


class Auth(Failure):
    """The credential is missing, wrong or not allowed to do this."""

    kind = "auth"


class InsufficientCredit(Failure):
    """The account has no credit left."""

    kind = "insufficient-credit"


class ModelNotFound(Failure):
    """The upstream doesn't know the model."""

    kind = "model-not-found"


class RateLimited(Failure):
    """Too many requests: how long to wait, and what the limit counts by (``key``, ``organization``, ``model`` ...)."""

    kind = "rate-limited"

    def __init__(self, message: str, retry_after_ms: Optional[int] = None, limit_scope: str = "key", **more) -> None:
        super().__init__(message, **more)
        self.retry_after_ms = retry_after_ms
        self.limit_scope = limit_scope


class Overloaded(Failure):
    """The upstream is overloaded; milliseconds to wait, when it says."""

    kind = "overloaded"

    def __init__(self, message: str, retry_after_ms: Optional[int] = None, **more) -> None:
        super().__init__(message, **more)
        self.retry_after_ms = retry_after_ms


class UpstreamTimeout(Failure):
    """The upstream took too long."""

    kind = "timeout"


class Upstream(Failure):
    """The upstream answered with this HTTP status."""

    kind = "upstream"

    def __init__(self, message: str, status: int, **more) -> None:
        super().__init__(message, **more)
        self.status = status


class BadOutput(Failure):
    """The upstream's answer could not be understood."""

    kind = "bad-output"


class Cancelled(Failure):
    """The call was cancelled."""

    kind = "cancelled"


class Internal(Failure):
    """The provider itself failed. Last resort; its message is for people."""

    kind = "internal"

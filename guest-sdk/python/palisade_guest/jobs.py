"""Work that takes longer than a call. What is submitted gives a ticket, by which the host asks after it until it is done.

    class Studio(Provider, text_to_video.TextToVideo):
        name, models = "studio", ["film"]

        def submit_text_to_video(self, request, options):
            return {"id": upstream_id}  # whatever finds the work again

        def poll(self, ticket):
            return jobs.Running(permille=500)

The host keeps the ticket: it may ask another instance, or after a restart. So nothing of a job is kept in the provider.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, List, Optional, Union

from .failure import Failure
from .media import Media
from .provider import Capability
from .usage import Usage, Warning

Ticket = Any
"""What finds submitted work again: anything that is JSON, of at most 4 KiB with the warnings. It must not hold a secret."""


@dataclass
class Progress:
    """How far a job is."""

    permille: Optional[int] = None
    """Thousandths of the work done, 0 to 1000."""
    queue_position: Optional[int] = None
    """How many are before it."""
    eta_ms: Optional[int] = None
    """Milliseconds until it is likely done."""
    preview: Optional[Media] = None
    """What it looks like so far."""


@dataclass
class Queued(Progress):
    """It waits."""


@dataclass
class Running(Progress):
    """It runs."""


@dataclass
class Output:
    """One picture or film that was made."""

    content: Media
    """The encoded file."""
    width: Optional[int] = None
    height: Optional[int] = None
    seconds: Optional[float] = None
    """Length of a film."""
    seed: Optional[int] = None
    """The seed that makes it again."""
    revised_prompt: Optional[str] = None
    """The prompt that was used, when it is not the caller's."""


@dataclass
class Succeeded:
    """It is done: the results, at least one and at most as many as were asked for."""

    outputs: List[Output]
    usage: Usage = field(default_factory=Usage)
    warnings: List[Warning] = field(default_factory=list)


@dataclass
class Failed:
    """It failed."""

    failure: Failure


@dataclass
class Stopped:
    """It was cancelled."""

    usage: Optional[Usage] = None
    """What is billed all the same, when that is known."""


@dataclass
class Expired:
    """The upstream does not know it any more."""


State = Union[Queued, Running, Succeeded, Failed, Stopped, Expired]
"""Where a job is."""


class CancelResult(Enum):
    """What became of an attempt to cancel."""

    CANCELLED = "cancelled"
    """It stops."""
    TOO_LATE = "too-late"
    """It is done already."""
    UNSUPPORTED = "unsupported"
    """The upstream cannot cancel."""


class Jobs(Capability):
    """What the capabilities whose work is jobs have in common."""

    interface = "jobs"

    @abstractmethod
    def poll(self, ticket: Ticket) -> State:
        """Asks the upstream once, without waiting, where a job is. Raises what may be otherwise when it is asked again."""

    def cancel(self, ticket: Ticket) -> CancelResult:
        """Asks the upstream to stop a job. Unless overridden, it cannot."""
        return CancelResult.UNSUPPORTED

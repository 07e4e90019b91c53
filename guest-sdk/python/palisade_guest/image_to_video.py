"""The capability ``image-to-video``: films from a picture. The work is a job: see :mod:`.jobs`."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List, Optional

from .jobs import Jobs, Ticket
from .media import Dimensions, Media
from .options import CallOptions


@dataclass
class Request:
    """What to make."""

    first_frame: Media
    """The picture to begin with."""
    prompt: Optional[str] = None
    """What happens in it; none lets the model decide."""
    last_frame: Optional[Media] = None
    """The picture to end with."""
    references: List[Media] = field(default_factory=list)
    """Pictures to follow in style or content."""
    size: Dimensions = None
    """The size. A provider that cannot make it makes the nearest that it can and adds a warning (``strict``: fails)."""
    resolution: Optional[str] = None
    """A named resolution that the model offers, for example ``720p``."""
    seconds: Optional[float] = None
    """Length; none lets the model choose."""
    fps: Optional[int] = None
    """Pictures a second; none lets the model choose."""
    audio: Optional[bool] = None
    """Whether it has sound; none lets the model choose."""
    n: int = 1
    """How many films, at least 1."""
    seed: Optional[int] = None
    """The same seed, request and version give the same film."""


class ImageToVideo(Jobs):
    """Serves ``image-to-video``."""

    interface = "image-to-video"

    @abstractmethod
    def submit_image_to_video(self, request: Request, options: CallOptions) -> Ticket:
        """Submits the work, once, and gives what finds it again."""

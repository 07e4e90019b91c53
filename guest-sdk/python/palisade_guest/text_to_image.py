"""The capability ``text-to-image``: pictures from a description."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List, Optional

from .media import Dimensions, Image, Media
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Request:
    """Which pictures to make."""

    prompt: str
    """What the picture shows. Never empty."""
    negative_prompt: Optional[str] = None
    """What it must not show."""
    n: int = 1
    """How many pictures, at least 1."""
    size: Dimensions = None
    """The size. A provider that cannot make it makes the nearest that it can and adds a warning (``strict``: fails)."""
    resolution: Optional[str] = None
    """A named resolution that the model offers, for example ``2k``."""
    quality: Optional[str] = None
    """A named quality that the model offers, for example ``high``."""
    seed: Optional[int] = None
    """The same seed, request and version give the same picture; none lets the provider choose."""
    output_format: Optional[str] = None
    """Wanted media type, for example ``image/png``; none lets the provider choose."""
    references: List[Media] = field(default_factory=list)
    """Pictures to follow in style or content."""
    mask: Optional[Media] = None
    """Where to paint."""


@dataclass
class Response:
    """The pictures, at least one and at most ``n``."""

    images: List[Image]
    usage: Optional[Usage] = None
    """What it used; so many ``image`` as there are, unless said."""
    warnings: List[Warning] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.usage is None:
            self.usage = Usage.of("image", len(self.images))


class TextToImage(Capability):
    """Serves ``text-to-image``."""

    interface = "text-to-image"

    @abstractmethod
    def generate(self, request: Request, options: CallOptions) -> Response:
        """Makes the pictures."""

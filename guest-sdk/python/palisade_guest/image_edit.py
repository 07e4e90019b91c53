"""The capability ``image-edit``: pictures changed as described."""

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
    """What to change."""

    prompt: str
    """What is to be different. Never empty."""
    images: List[Media]
    """The pictures to change or combine, the main one first. Never empty."""
    mask: Optional[Media] = None
    """Where to change: white is changed, black is kept."""
    negative_prompt: Optional[str] = None
    """What it must not show."""
    n: int = 1
    """How many results, at least 1."""
    size: Dimensions = None
    """The size of the results; none is what the change makes of the first picture."""
    quality: Optional[str] = None
    """A named quality that the model offers."""
    seed: Optional[int] = None
    """The same seed, request and version give the same picture."""
    output_format: Optional[str] = None
    """Wanted media type, for example ``image/webp``; none lets the provider choose."""


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


class ImageEdit(Capability):
    """Serves ``image-edit``."""

    interface = "image-edit"

    @abstractmethod
    def edit(self, request: Request, options: CallOptions) -> Response:
        """Changes the pictures."""

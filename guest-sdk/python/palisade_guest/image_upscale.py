"""The capability ``image-upscale``: pictures made larger."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List, Optional, Union

from .media import Image, Media, Pixels
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Request:
    """What to enlarge."""

    image: Media
    """The picture."""
    scale: Union[float, Pixels] = 2.0
    """So many times as wide and as high, above 1; or the size, both sides at least those of the picture."""
    prompt: Optional[str] = None
    """What the picture shows, for models that invent details."""
    seed: Optional[int] = None
    """The same seed, request and version give the same picture."""
    output_format: Optional[str] = None
    """Wanted media type, for example ``image/webp``; none lets the provider choose."""


@dataclass
class Response:
    """The enlarged picture."""

    image: Image
    usage: Usage = field(default_factory=lambda: Usage.of("image", 1))
    warnings: List[Warning] = field(default_factory=list)


class ImageUpscale(Capability):
    """Serves ``image-upscale``."""

    interface = "image-upscale"

    @abstractmethod
    def upscale(self, request: Request, options: CallOptions) -> Response:
        """Enlarges the picture."""

"""Bytes with a type, and the sizes of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Union


class Media:
    """An encoded file: a picture, a sound, a document."""

    def __init__(self, media_type: str, data: Union[bytes, Callable[[], bytes]]) -> None:
        """Takes the IANA media type, for example ``image/png``, and the bytes, or what reads them when they are asked for."""
        self.media_type = media_type
        self._data = data

    @property
    def data(self) -> bytes:
        """All the bytes. What the host keeps is read from it once, when this is first asked for."""
        if callable(self._data):
            self._data = self._data()
        return self._data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Media) and (self.media_type, self.data) == (other.media_type, other.data)

    def __repr__(self) -> str:
        size = "not read" if callable(self._data) else f"{len(self._data)} bytes"
        return f"Media({self.media_type!r}, {size})"


Content = Union[str, Media]
"""A text, or media of any type."""


@dataclass(frozen=True)
class Pixels:
    """A size in pixels, both sides at least 1."""

    width: int
    height: int


@dataclass(frozen=True)
class Aspect:
    """Width to height, for example 16 to 9. The provider chooses the pixels."""

    width: int
    height: int


Dimensions = Union[Pixels, Aspect, None]
"""The size of a picture. None lets the provider choose."""


@dataclass
class Image:
    """One picture that was made."""

    content: Media
    """The encoded picture."""
    width: Optional[int] = None
    """Width in pixels, when known."""
    height: Optional[int] = None
    """Height in pixels, when known."""
    seed: Optional[int] = None
    """The seed that makes this picture again."""
    revised_prompt: Optional[str] = None
    """The prompt that was used, when it is not the caller's."""

"""What a call used, and what its caller should know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Optional, Union


@dataclass
class Usage:
    """What a call used, in the units that the provider bills."""

    items: Dict[str, float] = field(default_factory=dict)
    """How much of each unit: ``input-token``, ``output-token``, ``image``, ``audio-second``, ``character``, ``request`` ..."""
    reported_pico_usd: Optional[int] = None
    """What the upstream says that it cost, in pico-USD (10^-12 US dollar); none when it doesn't say."""

    @classmethod
    def of(cls, unit: str, quantity: float) -> Usage:
        """So much of one unit."""
        return cls({unit: quantity})

    @classmethod
    def characters(cls, text: str) -> Usage:
        """So many characters as this text has."""
        return cls.of("character", len(text))


@dataclass(frozen=True)
class IgnoredParameter:
    """The named parameter had no effect."""

    name: str


@dataclass(frozen=True)
class AdjustedParameter:
    """The named parameter was changed, to the value that was used."""

    name: str
    used: str


Warning = Union[IgnoredParameter, AdjustedParameter, str]
"""Something that the caller should know about a call that succeeded. A string is anything else, in a sentence."""

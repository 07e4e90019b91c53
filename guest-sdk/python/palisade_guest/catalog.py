"""What a provider says of its models: claims, which the host validates and the operator may override."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, List, Optional, Union


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class IntRange:
    """Whole numbers, both ends included."""

    min: int
    max: int
    step: Optional[int] = None


@dataclass(frozen=True)
class FloatRange:
    """Numbers, both ends included."""

    min: float
    max: float
    step: Optional[float] = None


@dataclass(frozen=True)
class Choice:
    """One of these strings."""

    words: List[str]


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters."""

    max_characters: int


@dataclass(frozen=True)
class Schema:
    """Whatever this JSON Schema allows."""

    schema: Dict[str, Any]


ParamSpec = Union[Flag, IntRange, FloatRange, Choice, Text, Schema]
"""The values that a parameter takes."""

SEED = IntRange(0, 2**64 - 1)
"""Any seed of 64 bits."""


@dataclass(frozen=True)
class PriceWhen:
    """A condition on the request under which a price applies: ``op`` is one of ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    param: str
    op: str
    value: Any


@dataclass(frozen=True)
class Price:
    """What one unit costs, in pico-USD (10^-12 US dollar). Where several prices of a unit apply, the last one counts."""

    unit: str
    pico_usd: int
    when: List[PriceWhen] = field(default_factory=list)


@dataclass(frozen=True)
class Quota:
    """How many units may be used in a window of so many milliseconds."""

    unit: str
    per_ms: int
    amount: int


FREE: List[Price] = []
"""The prices of a model that costs nothing."""


@dataclass
class Model:
    """A model that the provider serves."""

    id: str
    """Unique within the provider: ``[a-z0-9][a-z0-9._-]{0,63}``."""
    model_ref: Optional[str] = None
    """What it is called across providers, for example ``black-forest-labs/flux-dev``."""
    capabilities: List[str] = field(default_factory=list)
    """The capabilities that it serves, by interface name; all that the provider has, unless said."""
    input_types: List[str] = field(default_factory=list)
    """Media types that it takes beside text."""
    output_types: List[str] = field(default_factory=list)
    """Media types that it gives; the first is the default."""
    params: Dict[str, ParamSpec] = field(default_factory=dict)
    """The parameters that it knows. One that is not listed is not supported."""
    prices: Optional[List[Price]] = None
    """What it costs: none is unknown, an empty list is free."""
    quotas: List[Quota] = field(default_factory=list)
    """What may be used in a time."""
    max_concurrency: Optional[int] = None
    """Calls at one time."""
    context_tokens: Optional[int] = None
    """Tokens in and out together."""
    max_output_tokens: Optional[int] = None
    """Tokens out."""
    regions: List[str] = field(default_factory=list)
    """Where it is served, for example ``eu-west-1``."""
    tags: List[str] = field(default_factory=list)
    """Free words. ``explicit-only``: never chosen unless the model is named or one of its tags is asked for."""
    status: str = "live"
    """``live``, ``staging`` or ``deprecated``."""


class FailureBilling(Enum):
    """Whether an upstream bills a request that failed."""

    NEVER = "never"
    ALWAYS = "always"
    UNKNOWN = "unknown"


class Cancellation(Enum):
    """What can be done about a request that has been submitted."""

    NONE = "none"
    REFUNDED = "refunded"
    BILLED = "billed"

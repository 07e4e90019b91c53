"""What every provider says of itself."""

from __future__ import annotations

from abc import ABC
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar, Union

from .catalog import Cancellation, FailureBilling, Model, ParamSpec

P = TypeVar("P", bound="Provider")


class Provider:
    """A provider. Subclass it together with the capabilities that it serves, and :func:`export` the class."""

    name: str
    """What it calls itself: ``[a-z0-9][a-z0-9._-]{0,63}``."""
    models: Sequence[Union[str, Model]]
    """Its models: ids, or :class:`Model` with all that is known of each."""
    version: str = "0.1.0"
    """Its version."""
    summary: str = ""
    """One sentence for people."""
    credential_names: Sequence[str] = ()
    """Names of the credentials that it asks the host to attach to its requests."""
    hosts: Sequence[str] = ()
    """Hosts that it asks to reach, for example ``api.example.com``."""
    config_schema: Optional[Dict[str, Any]] = None
    """JSON Schema of its configuration; none when it takes none."""
    bills_on_failure: FailureBilling = FailureBilling.NEVER
    """Whether a failed request is billed."""
    idempotent: bool = False
    """Whether the same idempotency key is honoured upstream."""
    cancellation: Cancellation = Cancellation.NONE
    """What cancelling does."""
    resumes: Sequence[str] = ()
    """Versions of this provider whose job tokens it can resume, beside its own."""

    def list_models(self, cursor: Optional[str]) -> Tuple[List[Union[str, Model]], Optional[str]]:
        """A page of models and the cursor of the next one. Unless overridden, one page with :attr:`models`."""
        return list(self.models), None

    def parameters(self, model: str) -> Optional[Mapping[str, ParamSpec]]:
        """The parameters that a model heeds; any other that a request has is warned of, or refused where the caller is strict.

        Unless overridden, those that :attr:`models` lists of it. None where it is not there: then the provider says itself what
        has no effect.
        """
        for own in getattr(self, "models", ()):
            if isinstance(own, str) and own == model:
                return {}
            if isinstance(own, Model) and own.id == model:
                return own.params
        return None

    def check_health(self) -> None:
        """Raises what a call would get when none could be served now. Must be free of charge and quick."""


class Capability(ABC):
    """What the classes of all capabilities have in common."""

    interface: str
    """Name of the interface."""


_exported: Optional[Provider] = None


def export(provider: Type[P]) -> Type[P]:
    """Makes an instance of this class what the component serves. Also a decorator.

    The instance is made when the component is built: what ``__init__`` and the module load is there at every call, for nothing.
    """
    global _exported
    if not capabilities_of(provider):
        raise TypeError(f"{provider.__name__} serves no capability: subclass one too, for example chat.Chat")
    _exported = provider()
    return provider


def exported() -> Provider:
    """The provider that was exported."""
    if _exported is None:
        raise LookupError("no provider was exported: call export() with its class at the end of the module")
    return _exported


def capabilities_of(provider: type) -> List[str]:
    """Names of the interfaces that a class of providers serves, in the order in which it names them."""
    names = (base.__dict__.get("interface") for base in provider.__mro__ if issubclass(base, Capability))
    return [name for name in names if name]

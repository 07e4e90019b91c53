"""The capability ``custom``: tasks of the provider's own, with JSON and media in and out."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Dict, List, Sequence

from .media import Media
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Task:
    """A task that the provider offers. The schemas are JSON Schemas, of at most 64 KiB each, without references."""

    id: str
    """Its name: ``[a-z0-9][a-z0-9._-]{0,63}``, unique within the provider."""
    summary: str
    """What it does, in a sentence."""
    input_schema: Dict[str, Any]
    output_schema: Dict[str, Any]


@dataclass
class Request:
    """What to do."""

    task: str
    """Id of the task."""
    input: Any
    """The input. The host has checked it against the schema."""
    media: List[Media] = field(default_factory=list)
    """Media that belong to the input, in the order that the task documents."""


@dataclass
class Response:
    """What was done."""

    output: Any
    """What can be written as JSON. The host checks it against the schema."""
    media: List[Media] = field(default_factory=list)
    """Media that belong to the output, in the order that the task documents."""
    usage: Usage = field(default_factory=lambda: Usage.of("request", 1))
    warnings: List[Warning] = field(default_factory=list)


class Custom(Capability):
    """Serves ``custom``."""

    interface = "custom"
    tasks: Sequence[Task]
    """Its tasks, at least one."""

    @abstractmethod
    def run(self, request: Request, options: CallOptions) -> Response:
        """Does the task that the request names."""

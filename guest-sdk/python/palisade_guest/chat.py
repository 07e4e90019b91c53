"""The capability ``chat``: an answer to a conversation, whole or in pieces.

    class Spell(Provider, chat.Chat):
        name, models = "spell", ["spell"]

        def reply(self, request, options):
            for letter in request.prompt:
                yield letter
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, Iterator, List, Optional, Union

from .media import Media
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


class Role(Enum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass
class ToolCall:
    """The model asks for a tool."""

    id: str
    name: str
    arguments: Dict[str, Any]


@dataclass
class ToolResult:
    """What a tool answered, as text or JSON."""

    id: str
    content: str
    is_error: bool = False


Part = Union[str, Media, ToolCall, ToolResult]
"""A piece of a message; a string is plain text."""


@dataclass
class Message:
    """A turn of the conversation."""

    role: Role
    parts: List[Part]

    @classmethod
    def user(cls, text: str) -> Message:
        """What whoever asks says."""
        return cls(Role.USER, [text])

    @property
    def text(self) -> str:
        """The text of the message, its parts joined by line breaks; empty when there is none."""
        return "\n".join(part for part in self.parts if isinstance(part, str))


@dataclass
class Tool:
    """A tool that the model may ask for; ``parameters`` is the JSON Schema of its arguments."""

    name: str
    description: str
    parameters: Dict[str, Any]


class ToolChoice(Enum):
    """Whether tools are used. A string in its place names the one to use."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


@dataclass
class Request:
    """What to answer. ``Request.of("hello")`` makes one for tests."""

    messages: List[Message]
    """The conversation, oldest first. Never empty."""
    tools: List[Tool] = field(default_factory=list)
    """Tools that may be asked for."""
    tool_choice: Union[ToolChoice, str] = ToolChoice.AUTO
    """Whether they are used."""
    temperature: Optional[float] = None
    """Randomness, 0 to 2; none lets the model choose."""
    top_p: Optional[float] = None
    """Share of the probability mass that is sampled from, 0 to 1; none lets the model choose."""
    max_output_tokens: Optional[int] = None
    """Most tokens to answer with; none lets the model choose."""
    stop: List[str] = field(default_factory=list)
    """Texts that end the answer."""
    seed: Optional[int] = None
    """The same seed, request and version give the same answer where the model can."""
    response_schema: Optional[Dict[str, Any]] = None
    """JSON Schema that the answer must follow; none for free text."""

    @classmethod
    def of(cls, prompt: str) -> Request:
        """A request to answer this one message of a user."""
        return cls([Message.user(prompt)])

    @property
    def prompt(self) -> str:
        """The text of the last message of the user; empty when there is none."""
        return next((message.text for message in reversed(self.messages) if message.role is Role.USER), "")


@dataclass
class Reasoning:
    """More of the reasoning."""

    text: str


@dataclass
class ToolCallDelta:
    """A piece of a tool call: ``index`` counts the calls of the answer, ``id`` and ``name`` come with its first piece."""

    index: int
    arguments: str = ""
    id: Optional[str] = None
    name: Optional[str] = None


class FinishReason(Enum):
    """Why the answer ended. A string in its place is another reason, in a word."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool-calls"
    CONTENT_POLICY = "content-policy"


@dataclass
class Finish:
    """The end of an answer."""

    reason: Union[FinishReason, str] = FinishReason.STOP
    usage: Optional[Usage] = None
    """What it used; the characters of the answer, unless said."""
    warnings: List[Warning] = field(default_factory=list)


Event = Union[str, Reasoning, ToolCallDelta, Finish]
"""A piece of the answer; a string is more of its text."""

Reply = Union[str, Iterator[Event]]
"""A whole answer, or its pieces. Where no :class:`Finish` comes, the answer is complete at its end."""


class Chat(Capability):
    """Serves ``chat``."""

    interface = "chat"

    @abstractmethod
    def reply(self, request: Request, options: CallOptions) -> Reply:
        """Answers: returns a text, or yields pieces, each of which is made when the host asks for it."""


def events(reply: Reply) -> Iterator[Event]:
    """The pieces of an answer, up to exactly one :class:`Finish`."""
    if isinstance(reply, str):
        reply = iter([reply])
    length = 0
    for event in reply:
        if isinstance(event, Finish):
            if event.usage is None:
                event.usage = Usage.of("character", length)
            yield event
            return
        if isinstance(event, str):
            length += len(event)
        yield event
    yield Finish(usage=Usage.of("character", length))

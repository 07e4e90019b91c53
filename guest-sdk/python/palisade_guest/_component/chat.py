"""``chat``, between the host and :class:`palisade_guest.chat.Chat`."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator

import wit_world.exports as exports
from wit_world.exports import chat

from .. import chat as ours
from ..failure import Unsupported
from ..options import CallOptions
from ..provider import exported
from .convert import call, heeded, lift_media, lift_options, lower_usage, lower_warnings, merged, record
from .host import enter
from .stream import Stream

REASONS = {
    ours.FinishReason.STOP: chat.FinishReason_Stop,
    ours.FinishReason.LENGTH: chat.FinishReason_Length,
    ours.FinishReason.TOOL_CALLS: chat.FinishReason_ToolCalls,
}


class Chat(exports.Chat):
    def reply(self, request: Any, options: Any) -> Any:
        enter()
        return ChatStream(call(answer, lift_request(request), lift_options(options)), lower_event)


def answer(request: ours.Request, options: CallOptions) -> Iterator[ours.Event]:
    provider = exported()
    warnings = heeded(provider, options, given(request))
    if request.tool_choice not in (ours.ToolChoice.AUTO, ours.ToolChoice.NONE) and "tools" in {
        getattr(warning, "name", None) for warning in warnings
    }:
        raise Unsupported("tool-choice")
    for event in ours.events(provider.reply(request, options)):
        if isinstance(event, ours.Finish):
            event.warnings = merged(warnings, event.warnings)
        yield event


def given(request: ours.Request) -> Dict[str, bool]:
    """Which of the parameters that a model may list a request has."""
    return {
        "tools": bool(request.tools) and request.tool_choice is not ours.ToolChoice.NONE,
        "temperature": request.temperature is not None,
        "top-p": request.top_p is not None,
        "max-output-tokens": request.max_output_tokens is not None,
        "stop": bool(request.stop),
        "seed": request.seed is not None,
        "response-schema": request.response_schema is not None,
    }


class ChatStream(Stream, chat.ChatStream):
    """An answer on its way."""


def lift_request(raw: Any) -> ours.Request:
    fields = record(raw)
    fields["messages"] = [
        ours.Message(ours.Role[message.role.name], [lift_part(part) for part in message.parts])
        for message in raw.messages
    ]
    fields["tools"] = [ours.Tool(tool.name, tool.description, json.loads(tool.parameters)) for tool in raw.tools]
    fields["tool_choice"] = lift_choice(raw.tool_choice)
    if raw.response_schema is not None:
        fields["response_schema"] = json.loads(raw.response_schema)
    return ours.Request(**fields)


def lift_part(raw: Any) -> ours.Part:
    if isinstance(raw, chat.Part_Text):
        return raw.value
    if isinstance(raw, chat.Part_Media):
        return lift_media(raw.value)
    if isinstance(raw, chat.Part_ToolCall):
        return ours.ToolCall(raw.value.id, raw.value.name, json.loads(raw.value.arguments))
    return ours.ToolResult(**record(raw.value))


def lift_choice(raw: Any) -> Any:
    if isinstance(raw, chat.ToolChoice_Named):
        return raw.value
    if isinstance(raw, chat.ToolChoice_Required):
        return ours.ToolChoice.REQUIRED
    return ours.ToolChoice.AUTO if isinstance(raw, chat.ToolChoice_Auto) else ours.ToolChoice.NONE


def lower_event(event: ours.Event) -> Any:
    if isinstance(event, ours.Finish):
        finish = chat.Finish(lower_reason(event.reason), lower_usage(event.usage), lower_warnings(event.warnings))
        return chat.Event_Finish(finish)
    if isinstance(event, ours.Reasoning):
        return chat.Event_Reasoning(event.text)
    if isinstance(event, ours.ToolCallDelta):
        return chat.Event_ToolCall(chat.ToolCallDelta(event.index, event.id, event.name, event.arguments))
    return chat.Event_Text(event)


def lower_reason(reason: Any) -> Any:
    if reason is ours.FinishReason.CONTENT_POLICY:
        return chat.FinishReason_ContentPolicy(None)
    if isinstance(reason, ours.FinishReason):
        return REASONS[reason]()
    return chat.FinishReason_Other(reason)

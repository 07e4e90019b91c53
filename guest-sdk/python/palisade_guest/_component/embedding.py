"""``embedding``, between the host and :class:`palisade_guest.embedding.Embedding`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import embedding

from .. import embedding as ours
from ..provider import exported
from .convert import call, given, heeded, lift_content, lift_options, lower_usage, told
from .host import enter


class Embedding(exports.Embedding):
    def embed(self, request: Any, options: Any) -> Any:
        enter()
        lifted = ours.Request([lift_content(item) for item in request.items], request.dimensions, request.task)
        provider, lifted_options = exported(), lift_options(options)
        warnings = call(heeded, provider, lifted_options, given(request, ["dimensions", "task"]))
        response = call(provider.embed, lifted, lifted_options)
        vectors = [[float(number) for number in vector] for vector in response.vectors]
        return embedding.Response(vectors, lower_usage(response.usage), told(warnings, response))

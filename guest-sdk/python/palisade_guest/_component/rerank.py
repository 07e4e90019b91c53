"""``rerank``, between the host and :class:`palisade_guest.rerank.Rerank`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import rerank

from .. import rerank as ours
from ..provider import exported
from .convert import call, lift_options, lower_usage, lower_warnings, record
from .host import enter


class Rerank(exports.Rerank):
    def rerank(self, request: Any, options: Any) -> Any:
        enter()
        response = call(exported().rerank, ours.Request(**record(request)), lift_options(options))
        ranking = [rerank.Ranked(ranked.index, float(ranked.score)) for ranked in response.ranking]
        return rerank.Response(ranking, lower_usage(response.usage), lower_warnings(response.warnings))

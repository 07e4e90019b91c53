"""``moderation``, between the host and :class:`palisade_guest.moderation.Moderation`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import moderation

from .. import moderation as ours
from ..provider import exported
from .convert import call, lift_content, lift_options, lower_usage, lower_warnings
from .host import enter


class Moderation(exports.Moderation):
    def moderate(self, request: Any, options: Any) -> Any:
        enter()
        lifted = ours.Request([lift_content(item) for item in request.items])
        response = call(exported().moderate, lifted, lift_options(options))
        verdicts = [lower_verdict(verdict) for verdict in response.verdicts]
        return moderation.Response(verdicts, lower_usage(response.usage), lower_warnings(response.warnings))


def lower_verdict(verdict: ours.Verdict) -> Any:
    categories = [moderation.Category(each.name, each.flagged, float(each.score)) for each in verdict.categories]
    return moderation.Verdict(verdict.flagged, categories)

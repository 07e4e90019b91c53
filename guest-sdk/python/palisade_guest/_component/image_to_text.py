"""``image-to-text``, between the host and :class:`palisade_guest.image_to_text.ImageToText`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import image_to_text

from .. import image_to_text as ours
from ..provider import exported
from .convert import call, given, heeded, lift_media, lift_options, lower_usage, record, told
from .host import enter

PARAMETERS = ["prompt", "task", "language", "max-output-tokens"]


class ImageToText(exports.ImageToText):
    def read(self, request: Any, options: Any) -> Any:
        enter()
        lifted = ours.Request(**{**record(request), "image": lift_media(request.image)})
        provider, lifted_options = exported(), lift_options(options)
        warnings = call(heeded, provider, lifted_options, given(request, PARAMETERS))
        response = call(provider.read, lifted, lifted_options)
        findings = [lower_finding(finding) for finding in response.findings]
        return image_to_text.Response(response.text, findings, lower_usage(response.usage), told(warnings, response))


def lower_finding(finding: ours.Finding) -> Any:
    region = None if finding.region is None else image_to_text.Region(**record(finding.region))
    confidence = None if finding.confidence is None else float(finding.confidence)
    return image_to_text.Finding(finding.text, finding.kind, confidence, region)

"""``text-to-image``, between the host and :class:`palisade_guest.text_to_image.TextToImage`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import text_to_image

from .. import text_to_image as ours
from ..provider import exported
from .convert import call, heeded, lift_dimensions, lift_media, lift_options, lower_image, lower_usage, lower_warnings, record
from .host import enter

PARAMETERS = ["negative-prompt", "resolution", "quality", "references", "mask"]


class TextToImage(exports.TextToImage):
    def generate(self, request: Any, options: Any) -> Any:
        enter()
        fields = record(request)
        fields["size"] = lift_dimensions(request.size)
        fields["references"] = [lift_media(media) for media in request.references]
        fields["mask"] = None if request.mask is None else lift_media(request.mask)
        provider, lifted_options = exported(), lift_options(options)
        given = {name: bool(getattr(request, name.replace("-", "_"))) for name in PARAMETERS}
        given["seed"] = request.seed is not None
        warnings = call(heeded, provider, lifted_options, given)
        response = call(provider.generate, ours.Request(**fields), lifted_options)
        images = [lower_image(image) for image in response.images]
        return text_to_image.Response(images, lower_usage(response.usage), lower_warnings([*warnings, *response.warnings]))

"""``text-to-image``, between the host and :class:`palisade_guest.text_to_image.TextToImage`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import text_to_image

from ..provider import exported
from .convert import (
    IMAGE_PARAMETERS,
    call,
    given,
    heeded,
    lift_image_request,
    lift_options,
    lower_image,
    lower_usage,
    told,
)
from .host import enter


class TextToImage(exports.TextToImage):
    def generate(self, request: Any, options: Any) -> Any:
        enter()
        provider, lifted_options = exported(), lift_options(options)
        warnings = call(heeded, provider, lifted_options, given(request, IMAGE_PARAMETERS))
        response = call(provider.generate, lift_image_request(request), lifted_options)
        images = [lower_image(image) for image in response.images]
        return text_to_image.Response(images, lower_usage(response.usage), told(warnings, response))

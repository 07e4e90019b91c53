"""``image-upscale``, between the host and :class:`palisade_guest.image_upscale.ImageUpscale`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import image_upscale

from .. import image_upscale as ours
from ..media import Pixels
from ..provider import exported
from .convert import call, given, heeded, lift_media, lift_options, lower_image, lower_usage, record, told
from .host import enter

PARAMETERS = ["prompt", "seed"]


class ImageUpscale(exports.ImageUpscale):
    def upscale(self, request: Any, options: Any) -> Any:
        enter()
        scale = request.scale.value
        if isinstance(request.scale, image_upscale.Scale_Pixels):
            scale = Pixels(*scale)
        lifted = ours.Request(**{**record(request), "image": lift_media(request.image), "scale": scale})
        provider, lifted_options = exported(), lift_options(options)
        warnings = call(heeded, provider, lifted_options, given(request, PARAMETERS))
        response = call(provider.upscale, lifted, lifted_options)
        return image_upscale.Response(lower_image(response.image), lower_usage(response.usage), told(warnings, response))

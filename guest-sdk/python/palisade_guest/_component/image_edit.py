"""``image-edit``, between the host and :class:`palisade_guest.image_edit.ImageEdit`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import image_edit

from .. import image_edit as ours
from ..provider import exported
from .convert import (
    call,
    given,
    heeded,
    lift_dimensions,
    lift_media,
    lift_options,
    lower_image,
    lower_usage,
    record,
    told,
)
from .host import enter

PARAMETERS = ["negative-prompt", "quality", "seed", "mask"]


class ImageEdit(exports.ImageEdit):
    def edit(self, request: Any, options: Any) -> Any:
        enter()
        fields = record(request)
        fields["images"] = [lift_media(media) for media in request.images]
        fields["mask"] = None if request.mask is None else lift_media(request.mask)
        fields["size"] = lift_dimensions(request.size)
        provider, lifted_options = exported(), lift_options(options)
        warnings = call(heeded, provider, lifted_options, given(request, PARAMETERS))
        response = call(provider.edit, ours.Request(**fields), lifted_options)
        images = [lower_image(image) for image in response.images]
        return image_edit.Response(images, lower_usage(response.usage), told(warnings, response))

"""``text-to-image-job``, between the host and :class:`palisade_guest.text_to_image_job.TextToImageJob`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports

from ..provider import exported
from .convert import IMAGE_PARAMETERS, given, lift_image_request
from .host import enter
from .jobs import submitted


class TextToImageJob(exports.TextToImageJob):
    def submit(self, request: Any, options: Any) -> bytes:
        enter()
        lifted = lift_image_request(request)
        return submitted(exported().submit_text_to_image, lifted, options, given(request, IMAGE_PARAMETERS))

"""``image-to-video``, between the host and :class:`palisade_guest.image_to_video.ImageToVideo`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports

from .. import image_to_video as ours
from ..provider import exported
from .convert import given, lift_film
from .host import enter
from .jobs import submitted

PARAMETERS = ["last-frame", "references", "resolution", "seconds", "fps", "audio", "seed"]


class ImageToVideo(exports.ImageToVideo):
    def submit(self, request: Any, options: Any) -> bytes:
        enter()
        lifted = ours.Request(**lift_film(request))
        return submitted(exported().submit_image_to_video, lifted, options, given(request, PARAMETERS))

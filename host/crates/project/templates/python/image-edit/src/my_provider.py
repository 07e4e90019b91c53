"""Washes a drawing in the colour that the prompt names."""

import re

from palisade_guest import FREE, CallOptions, Image, InvalidInput, Media, Model, Provider, export, image_edit

SVG = "image/svg+xml"


@export
class MyProvider(Provider, image_edit.ImageEdit):
    name = "my-provider"
    summary = "Washes a drawing in the colour that the prompt names."
    models = [Model("wash", prices=FREE, input_types=[SVG], output_types=[SVG])]

    def edit(self, request: image_edit.Request, options: CallOptions) -> image_edit.Response:
        color = request.prompt.strip()
        if not re.fullmatch("[a-z]+", color):
            raise InvalidInput("prompt", "must be the name of a colour")
        inside, end, after = request.images[0].data.decode("utf-8", "replace").rpartition("</svg>")
        if not end:
            raise InvalidInput("images[0]", "must be an SVG file")
        wash = f'<rect width="100%" height="100%" fill="{color}" opacity="0.4"/>'
        return image_edit.Response([Image(Media(SVG, f"{inside}{wash}{end}{after}".encode()))])

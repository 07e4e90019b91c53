"""Enlarges a drawing."""

import re

from palisade_guest import FREE, CallOptions, Image, InvalidInput, Media, Model, Pixels, Provider, export, image_upscale

SVG = "image/svg+xml"


@export
class MyProvider(Provider, image_upscale.ImageUpscale):
    name = "my-provider"
    summary = "Enlarges a drawing."
    models = [Model("vector", prices=FREE, input_types=[SVG], output_types=[SVG])]

    def upscale(self, request: image_upscale.Request, options: CallOptions) -> image_upscale.Response:
        drawing = request.image.data.decode("utf-8", "replace")
        size, to = size_of(drawing), request.scale
        if not isinstance(to, Pixels):
            to = Pixels(round(size.width * to), round(size.height * to))
        # A drawing within a larger one grows with it.
        start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{to.width}" height="{to.height}"'
        larger = f'{start} viewBox="0 0 {size.width} {size.height}">{drawing}</svg>'
        return image_upscale.Response(Image(Media(SVG, larger.encode()), to.width, to.height))


def size_of(drawing: str) -> Pixels:
    """The size of a drawing that begins with it in pixels: ``<svg width="64" height="48">``."""
    head = re.match("<svg [^>]*>", drawing)
    sides = [head and re.search(f'{name}="([0-9]+)"', head[0]) for name in ("width", "height")]
    if not all(sides):
        raise InvalidInput("image", "must be an SVG file with a width and a height in pixels")
    return Pixels(*(int(side[1]) for side in sides))

"""Says how large a picture is."""

import struct

from palisade_guest import FREE, CallOptions, InvalidInput, LimitExceeded, Model, Provider, export, image_to_text

MOST_PIXELS = 100_000_000


@export
class MyProvider(Provider, image_to_text.ImageToText):
    name = "my-provider"
    summary = "Says how large a picture is."
    models = [Model("measure", prices=FREE, input_types=["image/png"])]

    def read(self, request: image_to_text.Request, options: CallOptions) -> image_to_text.Response:
        width, height = size(request.image.data)
        return image_to_text.Response(f"{width} x {height} pixels")


def size(file: bytes) -> tuple[int, int]:
    """Width and height, as the header of a PNG file has them."""
    if not file.startswith(b"\x89PNG\r\n\x1a\n") or len(file) < 24:
        raise InvalidInput("image", "must be a PNG file")
    width, height = struct.unpack_from(">2I", file, 16)
    if width * height > MOST_PIXELS:
        raise LimitExceeded("image", f"at most {MOST_PIXELS} pixels")
    return width, height

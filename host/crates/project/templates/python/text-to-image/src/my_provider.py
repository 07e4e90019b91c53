"""Draws the prompt in large letters."""

from html import escape

from palisade_guest import FREE, CallOptions, Image, Media, Model, Pixels, Provider, export, text_to_image


@export
class MyProvider(Provider, text_to_image.TextToImage):
    name = "my-provider"
    summary = "Draws the prompt in large letters."
    models = [Model("letters", prices=FREE, output_types=["image/svg+xml"])]

    def generate(self, request: text_to_image.Request, options: CallOptions) -> text_to_image.Response:
        warnings = options.warnings()
        size = request.size or Pixels(640, 160)
        if not isinstance(size, Pixels):
            size = Pixels(160 * size.width // size.height or 1, 160)
            warnings.adjusted("size", f"{size.width}x{size.height}")
        image = Image(Media("image/svg+xml", draw(request.prompt, size).encode()), size.width, size.height)
        return text_to_image.Response([image] * request.n, warnings=warnings)


def draw(text: str, size: Pixels) -> str:
    """A text in the middle of a picture of this size."""
    start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}" height="{size.height}">'
    style = f'x="50%" y="50%" text-anchor="middle" font-size="{size.height // 3}"'
    return f"{start}<text {style}>{escape(text)}</text></svg>"

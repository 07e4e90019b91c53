"""Serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call."""

import hashlib
import logging
import math
import random
import struct
import time
import uuid

from palisade_guest import (
    FREE,
    SEED,
    CallOptions,
    Choice,
    FloatRange,
    Image,
    InvalidInput,
    Media,
    Model,
    Pixels,
    Provider,
    RateLimited,
    Usage,
    chat,
    config,
    custom,
    embedding,
    export,
    key_value,
    moderation,
    progress,
    rerank,
    text_to_image,
    text_to_speech,
)


@export
class Sampler(
    Provider,
    chat.Chat,
    embedding.Embedding,
    rerank.Rerank,
    moderation.Moderation,
    text_to_image.TextToImage,
    text_to_speech.TextToSpeech,
    custom.Custom,
):
    name = "sampler"
    version = "1.2.3"
    summary = "A bit of everything, for tests."
    params = {"seed": SEED, "mood": Choice(["calm", "wild"]), "weight": FloatRange(0, 1)}
    models = [Model("sampler", prices=FREE, params=params, output_types=["image/svg+xml", "audio/wav"])]
    tasks = [
        custom.Task("double", "Doubles a number.", {"type": "number"}, {"type": "number"}),
        custom.Task("fail", "Fails as it is told.", {"type": "string"}, {"type": "null"}),
        custom.Task("service", "Uses a service of the host.", {"type": "string"}, {}),
        custom.Task("echo", "Gives the media back.", {}, {}),
    ]

    def reply(self, request: chat.Request, options: CallOptions) -> chat.Reply:
        if request.prompt == "refuse":
            raise InvalidInput("messages[0]", "it asks to be refused")
        if request.prompt == "break":
            return self.breaking()
        return self.spelling(request)

    def spelling(self, request):
        yield chat.Reasoning("letter by letter")
        for letter in request.prompt:
            yield letter
        if request.tools:
            yield chat.ToolCallDelta(0, '{"a":', id="1", name=request.tools[0].name)
            yield chat.ToolCallDelta(0, "1}")
            yield chat.Finish(chat.FinishReason.TOOL_CALLS, Usage.of("output-token", 7), ["careful"])

    def breaking(self):
        yield "so far"
        raise RateLimited("slow down", 1500, "model")

    def embed(self, request: embedding.Request, options: CallOptions) -> embedding.Response:
        size = request.dimensions or 4
        return embedding.Response([self.vector(item, size) for item in request.items])

    def vector(self, item, size):
        data = item.data if isinstance(item, Media) else item.encode()
        numbers = [1 + byte for byte in hashlib.sha256(data).digest()[:size]]
        length = math.hypot(*numbers)
        return [number / length for number in numbers]

    def rerank(self, request: rerank.Request, options: CallOptions) -> rerank.Response:
        wanted = set(request.query.split())
        return rerank.Response.by_score(request, [len(wanted & set(text.split())) for text in request.documents])

    def moderate(self, request: moderation.Request, options: CallOptions) -> moderation.Response:
        bad = ["bad" in item for item in request.items]
        return moderation.Response(
            [moderation.Verdict([moderation.Category("profanity", each, float(each))]) for each in bad]
        )

    def generate(self, request: text_to_image.Request, options: CallOptions) -> text_to_image.Response:
        warnings = options.warnings()
        size = request.size
        if not isinstance(size, Pixels):
            size = Pixels(64, 32)
            if request.size is not None:
                warnings.adjusted("size", "64x32")
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}" height="{size.height}"/>'
        image = Image(Media("image/svg+xml", svg.encode()), size.width, size.height, request.seed)
        return text_to_image.Response([image] * request.n, warnings=warnings)

    def synthesize(self, request: text_to_speech.Request, options: CallOptions) -> text_to_speech.Response:
        samples = b"".join(struct.pack("<h", int(9000 * math.sin(at / 5))) for at in range(100 * len(request.text)))
        form = [16, 1, 1, 8000, 16000, 2, 16]
        header = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVEfmt ", *form, b"data", len(samples))
        return text_to_speech.Response("audio/wav", iter([header, samples]))

    def run(self, request: custom.Request, options: CallOptions) -> custom.Response:
        if request.task == "double":
            return custom.Response(2 * request.input)
        if request.task == "echo":
            return custom.Response(len(request.media), media=request.media)
        if request.task == "fail":
            return {}[request.input]
        return custom.Response(self.service(request.input))

    def service(self, name: str):
        if name == "print":
            print("printed")
            logging.getLogger("sampler").warning("logged")
            progress.report(500, "half")
        if name == "time":
            return [time.time(), str(uuid.uuid4()), random.random()]
        if name == "config":
            return config.get("footer", "none")
        if name == "key-value":
            key_value.set("key", b"value")
        return None

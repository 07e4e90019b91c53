"""Serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call."""

import hashlib
import logging
import math
import random
import socket
import struct
import time
import uuid

import stored
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
    credentials,
    custom,
    embedding,
    export,
    http,
    image_edit,
    image_to_text,
    image_to_video,
    image_upscale,
    jobs,
    key_value,
    moderation,
    progress,
    rerank,
    speech_to_text,
    text_to_image,
    text_to_speech,
    text_to_video,
)

AS_JOBS = ["image-to-video", "text-to-video"]
AT_ONCE = [
    "chat",
    "custom",
    "embedding",
    "image-edit",
    "image-to-text",
    "image-upscale",
    "moderation",
    "rerank",
    "speech-to-text",
    "text-to-image",
    "text-to-speech",
]
FILM = bytes.fromhex("0000001866747970" "6d70343200000000" "6d70343269736f6d")


@export
class Sampler(
    Provider,
    chat.Chat,
    embedding.Embedding,
    rerank.Rerank,
    moderation.Moderation,
    text_to_image.TextToImage,
    text_to_speech.TextToSpeech,
    image_to_text.ImageToText,
    speech_to_text.SpeechToText,
    image_edit.ImageEdit,
    image_upscale.ImageUpscale,
    text_to_video.TextToVideo,
    image_to_video.ImageToVideo,
    custom.Custom,
):
    name = "sampler"
    version = "1.2.3"
    summary = "A bit of everything, for tests."
    params = {"seed": SEED, "mood": Choice(["calm", "wild"]), "weight": FloatRange(0, 1)}
    hosts = ["127.0.0.1"]
    credential_names = ["key"]
    models = [
        Model(
            "sampler",
            prices=FREE,
            params=params,
            input_types=["*/*"],
            output_types=["image/svg+xml", "audio/wav", "video/mp4"],
            capabilities=AT_ONCE,
        ),
        Model("slow", prices=FREE, params={"seconds": FloatRange(1, 9)}, capabilities=AS_JOBS),
    ]
    tasks = [
        custom.Task("double", "Doubles a number.", {"type": "number"}, {"type": "number"}),
        custom.Task("fail", "Fails as it is told.", {"type": "string"}, {"type": "null"}),
        custom.Task("service", "Uses a service of the host.", {"type": "string"}, {}),
        custom.Task("echo", "Gives the media back.", {}, {}),
        custom.Task("reach", "Uses what the operator has granted.", {"type": "object"}, {}),
        custom.Task("stores", "Uses the stores that are lent.", {"enum": list(stored.ALL)}, {}),
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

    def read(self, request: image_to_text.Request, options: CallOptions) -> image_to_text.Response:
        size = f"{len(request.image.data)} bytes"
        finding = image_to_text.Finding(size, "size", 0.5, image_to_text.Region(1, 2, 3, 4))
        return image_to_text.Response(f"{request.image.media_type}, {size}", [finding])

    def transcribe(self, request: speech_to_text.Request, options: CallOptions) -> speech_to_text.Response:
        segments = [speech_to_text.Segment("so", 0, 0.5, "a"), speech_to_text.Segment("far", 1, 2)]
        usage = Usage.of("audio-second", 2)
        return speech_to_text.Response("so far", segments, "en", seconds=2, usage=usage, warnings=["faint"])

    def edit(self, request: image_edit.Request, options: CallOptions) -> image_edit.Response:
        whole = request.images + ([request.mask] if request.mask else [])
        made = [Image(media, seed=len(whole), revised_prompt=request.prompt.upper()) for media in request.images]
        return image_edit.Response(made[: request.n])

    def upscale(self, request: image_upscale.Request, options: CallOptions) -> image_upscale.Response:
        scale = request.scale
        size = scale if isinstance(scale, Pixels) else Pixels(int(10 * scale), int(20 * scale))
        return image_upscale.Response(Image(request.image, size.width, size.height, request.seed))

    def submit_text_to_video(self, request: text_to_video.Request, options: CallOptions) -> jobs.Ticket:
        if request.prompt == "refuse":
            raise InvalidInput("prompt", "it asks to be refused")
        return {"prompt": request.prompt, "seconds": request.seconds, "key": options.idempotency_key}

    def submit_image_to_video(self, request: image_to_video.Request, options: CallOptions) -> jobs.Ticket:
        return {"prompt": request.prompt or f"{len(request.first_frame.data)} bytes", "seconds": request.seconds}

    def poll(self, ticket: jobs.Ticket) -> jobs.State:
        prompt = ticket["prompt"]
        if prompt == "wait":
            preview = Media("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
            return jobs.Running(permille=500, eta_ms=1000, preview=preview)
        if prompt == "queue":
            return jobs.Queued(queue_position=3)
        if prompt == "fail":
            return jobs.Failed(RateLimited("slow down", 1500, "model"))
        if prompt == "stop":
            return jobs.Stopped(Usage.of("video-second", 1))
        if prompt == "expire":
            return jobs.Expired()
        output = jobs.Output(Media("video/mp4", FILM), 64, 32, ticket["seconds"], revised_prompt=prompt)
        return jobs.Succeeded([output], Usage.of("video-second", ticket["seconds"] or 1), ["grainy"])

    def cancel(self, ticket: jobs.Ticket) -> jobs.CancelResult:
        return jobs.CancelResult.CANCELLED if ticket["prompt"] == "wait" else jobs.CancelResult.TOO_LATE

    def run(self, request: custom.Request, options: CallOptions) -> custom.Response:
        if request.task == "double":
            return custom.Response(2 * request.input)
        if request.task == "echo":
            return custom.Response(len(request.media), media=request.media)
        if request.task == "fail":
            return {}[request.input]
        if request.task == "reach":
            return custom.Response(self.reach(request.input))
        if request.task == "stores":
            return custom.Response(stored.ALL[request.input]())
        return custom.Response(self.service(request.input))

    def reach(self, wanted):
        """What the host's small services give and take, by their names."""
        if "has" in wanted:
            return credentials.has(wanted["has"])
        if "keep" in wanted:
            before = key_value.get("count") or b"0"
            key_value.set("count", str(int(before) + 1).encode())
            key_value.set("other", b"x")
            key_value.delete("other")
            return [before.decode(), key_value.keys("c"), key_value.keys("o")]
        if "connect" in wanted:
            try:
                socket.socket().connect(("127.0.0.1", wanted["connect"]))
            except OSError as error:
                return str(error)
            return None
        if "fetch" in wanted:
            media = http.fetch(wanted["fetch"], 1 << 20)
            return [media.media_type, len(media.data)]
        answer = http.send(
            wanted.get("method", "GET"),
            wanted["url"],
            headers=wanted.get("headers"),
            json=wanted.get("json"),
            credential=wanted.get("credential"),
        )
        if wanted.get("throws"):
            answer.raise_for_status()
        if wanted.get("lines"):
            return list(answer.iter_lines())
        return [answer.status, answer.headers.get("x-colour"), answer.read().decode()]

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

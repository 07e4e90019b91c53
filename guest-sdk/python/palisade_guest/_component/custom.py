"""``custom``, between the host and :class:`palisade_guest.custom.Custom`."""

from __future__ import annotations

import json
from typing import Any

import wit_world.exports as exports
from wit_world.exports import custom

from .. import custom as ours
from ..provider import exported
from .convert import call, lift_media, lift_options, lower_media, lower_usage, lower_warnings
from .host import enter


class Custom(exports.Custom):
    def tasks(self) -> Any:
        enter()
        return [
            custom.Task(task.id, task.summary, json.dumps(task.input_schema), json.dumps(task.output_schema))
            for task in exported().tasks
        ]

    def run(self, request: Any, options: Any) -> Any:
        enter()
        media = [lift_media(each) for each in request.media]
        lifted = ours.Request(request.task, json.loads(request.input), media)
        response = call(exported().run, lifted, lift_options(options))
        output = json.dumps(response.output, ensure_ascii=False)
        media = [lower_media(each) for each in response.media]
        return custom.Response(output, media, lower_usage(response.usage), lower_warnings(response.warnings))

"""Has a server make films of pictures, which takes longer than a call."""

from palisade_guest import CallOptions, FloatRange, Internal, Media, Model, Provider, Usage, export, http, image_to_video, jobs

SERVER = "https://films.example.com/v1"
KEY = "api-key"


@export
class MyProvider(Provider, image_to_video.ImageToVideo):
    name = "my-provider"
    summary = "Has a server make films of pictures."
    hosts = ["films.example.com"]
    credential_names = [KEY]
    models = [Model("film", params={"seconds": FloatRange(1, 10)}, input_types=["image/*"], output_types=["video/mp4"])]

    def submit_image_to_video(self, request: image_to_video.Request, options: CallOptions) -> jobs.Ticket:
        # The server takes the picture first, which costs nothing.
        headers = {"content-type": request.first_frame.media_type}
        answer = http.send("POST", f"{SERVER}/pictures", body=request.first_frame.data, headers=headers, credential=KEY)
        picture = answer.raise_for_status().json()["id"]
        wanted = {"picture": picture, "prompt": request.prompt, "seconds": request.seconds or 5}
        # The same key means the same film: nobody pays twice.
        headers = {"idempotency-key": options.idempotency_key}
        answer = http.send("POST", f"{SERVER}/films", json=wanted, headers=headers, credential=KEY)
        return answer.raise_for_status().json()["id"]

    def poll(self, ticket: jobs.Ticket) -> jobs.State:
        film = get(f"films/{ticket}").json()
        if film["state"] == "failed":
            return jobs.Failed(Internal(f"the server failed: {film['reason']}"))
        if film["state"] != "done":
            return jobs.Running(permille=film.get("permille"))
        output = jobs.Output(Media("video/mp4", get(f"films/{ticket}/file").read()), seconds=film["seconds"])
        return jobs.Succeeded([output], Usage.of("video-second", film["seconds"]))


def get(path: str) -> http.Response:
    """What the server has at a path."""
    return http.send("GET", f"{SERVER}/{path}", credential=KEY).raise_for_status()

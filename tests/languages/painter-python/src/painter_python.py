"""Takes longer than a call to paint: ``text-to-image`` as a job."""

from palisade_guest import FREE, SEED, CallOptions, Media, Model, Provider, Usage, export, jobs, text_to_image_job


@export
class Painter(Provider, text_to_image_job.TextToImageJob):
    name = "painter"
    models = [Model("slow", prices=FREE, params={"seed": SEED}, output_types=["image/svg+xml"])]

    def submit_text_to_image(self, request: text_to_image_job.Request, options: CallOptions) -> jobs.Ticket:
        return [request.prompt, request.n, request.size.width, request.size.height, request.seed]

    def poll(self, ticket: jobs.Ticket) -> jobs.State:
        prompt, count, width, height, seed = ticket
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>'.encode()
        output = jobs.Output(Media("image/svg+xml", svg), width, height, seed=seed, revised_prompt=prompt)
        return jobs.Succeeded([output] * count, Usage.of("image", count))

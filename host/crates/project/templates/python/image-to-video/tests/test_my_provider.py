import json
import unittest

from my_provider import MyProvider
from palisade_guest import CallOptions, Media, RateLimited, http, image_to_video, jobs

REQUEST = image_to_video.Request(Media("image/png", b"fox"), "it runs")


def answer(value: object) -> http.Response:
    return http.Response(200, body=[json.dumps(value).encode()])


class Films(unittest.TestCase):
    def test_a_film_is_submitted_and_fetched_when_it_is_done(self):
        requests = http.set_in_test(
            answer({"id": "p1"}),
            answer({"id": "7"}),
            answer({"state": "running", "permille": 500}),
            answer({"state": "done", "seconds": 5}),
            http.Response(200, body=[b"film"]),
        )
        provider = MyProvider()
        ticket = provider.submit_image_to_video(REQUEST, CallOptions("film"))
        self.assertEqual((requests[0].url, requests[0].body), ("https://films.example.com/v1/pictures", b"fox"))
        self.assertEqual(json.loads(requests[1].body), {"picture": "p1", "prompt": "it runs", "seconds": 5})
        self.assertEqual(provider.poll(ticket), jobs.Running(permille=500))
        done = provider.poll(ticket)
        self.assertEqual((done.outputs[0].content.data, done.usage.items), (b"film", {"video-second": 5}))
        self.assertEqual(requests[-1].url, "https://films.example.com/v1/films/7/file")

    def test_what_fails_is_told(self):
        http.set_in_test(answer({"id": "p1"}), http.Response(429), answer({"state": "failed", "reason": "no fox"}))
        with self.assertRaises(RateLimited):
            MyProvider().submit_image_to_video(REQUEST, CallOptions("film"))
        self.assertIn("no fox", MyProvider().poll("7").failure.message)

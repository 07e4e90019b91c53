import sys
import unittest
from pathlib import Path

# Where `palisade build` has put the packages.
sys.path.insert(0, str(Path(__file__).parent.parent / "build" / "packages"))

from digest import Digest, digest
from palisade_guest import CallOptions, LimitExceeded, custom
from ranking import rank
from words import stems, syllables, words

TEXT = (
    "Foxes live in forests. Dr. Brown has watched foxes in the forests for 3.5 years. "
    "Her watch broke. Foxes of the forests hunt at night, when Dr. Brown watches. It rained."
)


class Summarizing(unittest.TestCase):
    def test_the_sentences_that_others_are_about_are_found_in_their_order(self):
        found = digest(TEXT, 2, "en")
        self.assertEqual(len(found["summary"]), 2)
        self.assertIn("Dr. Brown has watched foxes", found["summary"][0])
        self.assertNotIn("It rained.", found["summary"])

    def test_keywords_are_told_as_they_are_written(self):
        self.assertEqual(digest(TEXT, 1, "en")["keywords"][:2], ["foxes", "forests"])

    def test_a_hard_text_is_harder_than_an_easy_one(self):
        hard = "Institutional considerations necessitate comprehensive administrative reorganization."
        easy, hard = (digest(text, 1, "en")["reading_ease"] for text in ("The fox sat. It ran.", hard))
        self.assertGreater(easy, 90)
        self.assertLess(hard, 0)

    def test_nothing_has_no_summary(self):
        for text in ("", " \n", "...", "1 2 3"):
            found = digest(text, 3, "en")
            self.assertEqual((found["summary"], found["words"], found["reading_ease"]), ([], 0, None), text)

    def test_what_would_take_too_long_is_refused(self):
        with self.assertRaises(LimitExceeded):
            digest("The fox ran. " * 500, 3, "en")

    def test_other_languages_have_sentences_of_their_own(self):
        found = digest("Der Fuchs lebt im Wald. Füchse jagen z. B. nachts im Wald. Es regnet.", 1, "de")
        self.assertIn("jagen", found["summary"][0] + "jagen")
        self.assertIsNone(found["reading_ease"])

    def test_the_task_says_what_was_used(self):
        request = custom.Request("summarize", {"text": TEXT, "sentences": 1})
        self.assertEqual(Digest().run(request, CallOptions("digest")).usage.items, {"character": len(TEXT)})


class Words(unittest.TestCase):
    def test_words_are_split_and_stemmed(self):
        self.assertEqual(words("The dog's 3 well-known foxes"), ["the", "dog's", "well-known", "foxes"])
        self.assertEqual(stems(["the", "foxes", "running"], "en"), ["fox", "run"])

    def test_syllables_are_about_right(self):
        for word, count in [("fox", 1), ("forest", 2), ("made", 1), ("table", 2), ("administrative", 5)]:
            self.assertEqual(syllables(word), count, word)

    def test_a_sentence_that_shares_nothing_stands_lowest(self):
        standing = rank([{"a", "b"}, {"a", "b", "c"}, {"x", "y"}])
        self.assertEqual(min(range(3), key=standing.__getitem__), 2)

"""Finds the sentences that say most of a text, and how hard it is to read.

``words`` splits and stems, ``ranking`` finds the sentences that others are about; here they come together.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, List, Optional

import pysbd

import words
from palisade_guest import FREE, CallOptions, LimitExceeded, Model, Provider, Usage, custom, export, progress
from ranking import rank

MAX_SENTENCES = 200
"""Each sentence is compared with each other: the work grows with the square, and so many take 13 G of fuel of 20 G."""

MAX_KEYWORDS = 10

WORDS_A_MINUTE = 230

SPLITTERS = {language: pysbd.Segmenter(language=language, clean=False) for language in words.NAMES}
"""Made when the component is built: a call finds them there."""

INPUT = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 100_000},
        "sentences": {"type": "integer", "minimum": 1, "maximum": 20},
        "language": {"enum": sorted(words.NAMES)},
    },
    "required": ["text"],
    "additionalProperties": False,
}
OUTPUT = {
    "type": "object",
    "properties": {
        "summary": {"type": "array", "items": {"type": "string"}},
        "keywords": {"type": "array", "items": {"type": "string"}},
        "reading_ease": {"type": ["number", "null"]},
        "words": {"type": "integer"},
        "minutes": {"type": "number"},
    },
    "required": ["summary", "keywords", "reading_ease", "words", "minutes"],
}


@export
class Digest(Provider, custom.Custom):
    name = "digest"
    summary = "Finds the sentences that say most of a text."
    models = [Model("digest", prices=FREE)]
    tasks = [custom.Task("summarize", "Finds the sentences that say most of a text.", INPUT, OUTPUT)]

    def run(self, request: custom.Request, options: CallOptions) -> custom.Response:
        asked = request.input
        output = digest(asked["text"], asked.get("sentences", 3), asked.get("language", "en"))
        return custom.Response(output, usage=Usage.characters(asked["text"]))


def digest(text: str, most: int, language: str) -> Dict[str, Any]:
    """The summary of a text and what there is to know of it."""
    sentences = [sentence.strip() for sentence in SPLITTERS[language].segment(text)]
    sentences = [sentence for sentence in sentences if words.words(sentence)]
    if len(sentences) > MAX_SENTENCES:
        raise LimitExceeded("text", f"it has {len(sentences)} sentences, and at most {MAX_SENTENCES} are compared")
    progress.report(300, "comparing sentences")
    found = [words.words(sentence) for sentence in sentences]
    standing = rank([set(words.stems(each, language)) for each in found])
    best = sorted(range(len(sentences)), key=lambda index: (-standing[index], index))[:most]
    everything = [word for each in found for word in each]
    return {
        "summary": [sentences[index] for index in sorted(best)],
        "keywords": keywords(everything, language),
        "reading_ease": reading_ease(found) if language == "en" else None,
        "words": len(everything),
        "minutes": round(len(everything) / WORDS_A_MINUTE, 1),
    }


def keywords(found: List[str], language: str) -> List[str]:
    """The words that come most often, each as it is mostly written."""
    grammar = words.GRAMMAR[language]
    told = [word for word in found if word not in grammar and len(word) > 2]
    stemmed = words.STEMMERS[language].stemWords(told)
    written: Dict[str, Counter] = {}
    for stem, word in zip(stemmed, told):
        written.setdefault(stem, Counter())[word] += 1
    often = sorted(written.values(), key=lambda forms: -forms.total())[:MAX_KEYWORDS]
    return [forms.most_common(1)[0][0] for forms in often]


def reading_ease(found: List[List[str]]) -> Optional[float]:
    """Flesch's formula; none of a text without words."""
    count = sum(len(sentence) for sentence in found)
    if count == 0:
        return None
    syllables = sum(words.syllables(word) for sentence in found for word in sentence)
    return round(206.835 - 1.015 * count / len(found) - 84.6 * syllables / count, 1)

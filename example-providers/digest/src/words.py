"""Words, without their endings and without those that only the grammar needs."""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, List

import snowballstemmer

NAMES = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "ru": "russian",
}
"""The languages, as the stemmer calls them."""

STEMMERS = {language: snowballstemmer.stemmer(name) for language, name in NAMES.items()}

GRAMMAR: Dict[str, FrozenSet[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "de": "der die das den dem des ein eine einer eines einem einen und oder aber nicht ist sind war waren wird werden "
        "hat haben ich du er sie es wir ihr in im an am auf aus bei mit nach von vom zu zum zur für als auch wie so dass sich",
        "en": "a about after all also an and any are as at be been before but by can could did do does for from had has have he "
        "her his how i if in into is it its just like may more most no not of on one only or other our out over she so some "
        "such than that the their them then there these they this to under up was we were what when which who will with would "
        "you your",
        "es": "el la los las un una unos unas y o pero no es son era fue ha han yo tú él ella en de del al a con por para que se su como más",
        "fr": "le la les un une des et ou mais ne pas est sont était a ont je tu il elle on nous vous ils en de du au aux à avec par pour que qui se sa son ce plus",
        "it": "il lo la i gli le un una e o ma non è sono era ha hanno io tu in di del della a al con per che si su come più",
        "nl": "de het een en of maar niet is zijn was waren wordt heeft hebben ik je hij zij wij in op aan uit bij met naar van te voor als ook dat die",
        "ru": "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее мне было вот от из о это для",
    }.items()
}

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def words(text: str) -> List[str]:
    """The words of a text, in small letters."""
    return [word.lower() for word in WORD.findall(text)]


def stems(found: List[str], language: str) -> List[str]:
    """What words are about: without endings, and without words of the grammar."""
    grammar = GRAMMAR[language]
    return STEMMERS[language].stemWords([word for word in found if word not in grammar and len(word) > 1])


def syllables(word: str) -> int:
    """About how many syllables an English word has: groups of vowels, without a silent e at its end."""
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith("le") and groups > 1
    return max(1, groups - silent)

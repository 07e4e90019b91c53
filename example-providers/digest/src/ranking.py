"""Which sentences of a text say most of it: TextRank."""

from __future__ import annotations

import math
from typing import List, Set

DAMPING = 0.85
"""How much of its standing a sentence has from others."""

ROUNDS = 30
"""The standings are as good as settled after so many."""


def rank(sentences: List[Set[str]]) -> List[float]:
    """The standing of each sentence, given as its words: high for one that shares words with many."""
    count = len(sentences)
    likeness = [[0.0] * count for _ in range(count)]
    for left in range(count):
        for right in range(left):
            alike = overlap(sentences[left], sentences[right])
            likeness[left][right] = likeness[right][left] = alike
    sums = [sum(row) for row in likeness]
    neighbours = [
        [(other, alike / sums[other]) for other, alike in enumerate(row) if alike > 0 and sums[other] > 0]
        for row in likeness
    ]
    standing = [1.0] * count
    for _ in range(ROUNDS):
        standing = [
            1 - DAMPING + DAMPING * sum(share * standing[other] for other, share in row) for row in neighbours
        ]
    return standing


def overlap(left: Set[str], right: Set[str]) -> float:
    """How many words two sentences share, for their lengths."""
    if len(left) < 2 or len(right) < 2:
        return 0.0
    return len(left & right) / (math.log(len(left)) + math.log(len(right)))

"""Scores as tables: means and medians by way, ours against each peer picture by picture, and Markdown."""

from __future__ import annotations

import statistics
from typing import Any

HIGHER = {"IoU", "Weighted F"}
"""Scores of which more is better."""
Scored = dict[str, dict[str, dict[str, float]]]
"""way -> score -> picture -> value."""
Row = dict[str, Any]


def note(table: Scored, way: str, picture: str, said: dict[str, float]) -> None:
    for score, value in said.items():
        table.setdefault(way, {}).setdefault(score, {})[picture] = value


def summary(table: Scored) -> list[Row]:
    """One row a way: how many pictures, and of each score [mean, median]."""
    return [
        {"way": way, "n": max(len(values) for values in said.values()), **{
            score: [statistics.fmean(values.values()), statistics.median(values.values())]
            for score, values in said.items()}}
        for way, said in table.items()]


def against(table: Scored) -> list[Row]:
    """One row for each of our ways and each peer; of each score both have "won", "lost", "ratio".

    A picture is won where ours is better; equal ones are neither. "ratio" is the median of ours / the peer's.
    """
    rows = []
    for way in [way for way in table if way.startswith("ours")]:
        for peer in [peer for peer in table if not peer.startswith("ours")]:
            row: Row = {"way": way, "against": peer}
            for score, values in table[way].items():
                other = table[peer].get(score, {})
                pairs = [(value, other[name]) for name, value in values.items() if name in other]
                if pairs:
                    row[score] = _judged(pairs, score in HIGHER)
            rows.append(row)
    return rows


def _judged(pairs: list[tuple[float, float]], higher: bool) -> Row:
    less = sum(one < other for one, other in pairs)
    more = sum(one > other for one, other in pairs)
    ratio = statistics.median(one / max(other, 1e-12) if one != other else 1.0 for one, other in pairs)
    return {"won": more if higher else less, "lost": less if higher else more, "ratio": ratio}


def markdown(rows: list[Row]) -> str:
    """A table of the rows; a list of two is "mean / median", a judgement "won : lost (ratio)"."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(row.get(key, "")) for key in head) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['won']} : {value['lost']} ({value['ratio']:.2f})"
    if isinstance(value, list):
        return " / ".join(_cell(one) for one in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)

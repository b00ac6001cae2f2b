"""
Pictures of amounts, as the numbers that a template draws with SVG: no script, no style.

Sideways everything is a percentage of the picture's width and upwards a number of pixels, so
that a picture fits a narrow window and its words keep their size. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BAR_STEP = 44
COLUMNS_HEIGHT = 168
_COLUMN_FOOT = 24
_COLUMN_HEAD = 20
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing to draw and to write in the table beneath: the same words in both."""

    label: str
    amount: Decimal
    money: str
    count: str
    # A tone of the statuses (info, good, warn, bad, quiet): colour underlines, words say it.
    tone: str = "info"
    # A shorter label for a narrow place in the picture.
    short: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar lying on its side below its words: `width` in percent, the rest in pixels."""

    figure: Figure
    width: str
    text_y: int
    bar_y: int


@dataclass(frozen=True, slots=True)
class Column:
    """A bar standing up: `x`, `width` and `middle` in percent, `y` and `height` in pixels."""

    figure: Figure
    x: str
    width: str
    middle: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with the table of the same figures. `more` stands in the table alone."""

    key: str
    title: str
    description: str
    note: str
    first_column: str
    height: int
    bars: tuple[Bar, ...] = ()
    columns: tuple[Column, ...] = ()
    more: tuple[Figure, ...] = ()

    @property
    def figures(self) -> list[Figure]:
        """All rows of the table."""
        drawn = [each.figure for each in self.bars] + [each.figure for each in self.columns]
        return drawn + list(self.more)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no invoice counts."""
        return all(figure.count == "0" for figure in self.figures)


def bars(figures: Sequence[Figure]) -> tuple[tuple[Bar, ...], int]:
    """Return a bar for each figure, the largest as wide as the picture, and the height."""
    most = _most(figures)
    drawn = tuple(
        Bar(
            figure,
            _percent(_share(figure.amount, most)),
            place * BAR_STEP + 14,
            place * BAR_STEP + 22,
        )
        for place, figure in enumerate(figures)
    )
    return drawn, len(figures) * BAR_STEP


def columns(figures: Sequence[Figure]) -> tuple[tuple[Column, ...], int]:
    """Return a column for each figure, the largest as high as there is room, and the height."""
    most = _most(figures)
    room = COLUMNS_HEIGHT - _COLUMN_FOOT - _COLUMN_HEAD
    step = _HUNDRED / max(1, len(figures))
    drawn = []
    for place, figure in enumerate(figures):
        height = int((_share(figure.amount, most) * room / _HUNDRED).to_integral(ROUND_HALF_UP))
        drawn.append(
            Column(
                figure,
                x=_percent(step * place + step * Decimal("0.15")),
                width=_percent(step * Decimal("0.7")),
                middle=_percent(step * place + step / 2),
                y=_COLUMN_HEAD + room - height,
                height=height,
            )
        )
    return tuple(drawn), COLUMNS_HEIGHT


def _most(figures: Sequence[Figure]) -> Decimal:
    return max((figure.amount for figure in figures), default=Decimal(0))


def _share(amount: Decimal, most: Decimal) -> Decimal:
    """Return the percentage of the largest; what is there at all can be seen."""
    if amount <= 0 or most <= 0:
        return Decimal(0)
    return max(Decimal("0.5"), _two_places(amount / most * _HUNDRED))


def _percent(value: Decimal) -> str:
    """Text, because a template would write a number as its language does: SVG knows no comma."""
    return f"{_two_places(value)}%"


def _two_places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)

"""Invented stories: one long enough to be copied with edits, and others that share words with it but are none."""

from __future__ import annotations

from rag.records import Article, Metadata

STORY = """The harbour authority of Nordvik will close the old lighthouse to visitors from Monday, after engineers \
found cracks in forty of the stone steps that lead up to its lamp room, officials said on Thursday.

The tower, built in 1871 and painted red and white ever since, draws some 12,000 visitors a year. Harbour master Liv \
Sander said the cracks had grown over the winter, when storms shook the tower on nineteen nights in a row.

"We would rather close the door for a year than explain one broken leg," Sander said. She added that the lamp itself \
is not affected and will go on turning, because ships on the northern route still steer by it in fog.

The repair is expected to cost 1.4 million crowns, of which the state pays half. The rest is to come from the town, \
from a foundation in Kesterton, and from the sale of the old copper roof, which collectors have asked about for \
years.

Masons from the island of Hallam will replace the damaged steps with granite from the same quarry that the builders \
used. Their foreman, Pavel Ruzic, said the quarry had kept a block aside since the last repair, in 1954.

Guided walks around the foot of the tower will go on at weekends. The small museum in the keeper's house stays open, \
and from June it will show photographs of the nineteen keepers and their families who lived there until 1988."""

FOLLOW_UP = """Masons have begun to take out the broken steps of the Nordvik lighthouse, two months later than \
planned, and found that the wall behind them is damp, the harbour authority announced at a meeting with residents.

The work will now last until the autumn of next year, said engineer Mira Oduya, who presented drawings of a drain \
that is to be laid under the floor. Several residents asked who would pay for it, and were told that talks had \
begun.

The tower, built in 1871 and painted red and white ever since, draws some 12,000 visitors a year. Harbour master Liv \
Sander said the cracks had grown over the winter, when storms shook the tower on nineteen nights in a row.

The repair is expected to cost 1.4 million crowns, of which the state pays half. The rest is to come from the town, \
from a foundation in Kesterton, and from the sale of the old copper roof, which collectors have asked about for \
years.

Guided walks around the foot of the tower will go on at weekends. The small museum in the keeper's house stays open, \
and from June it will show photographs of the nineteen keepers and their families who lived there until 1988."""

OWN_WORDS = """Nordvik's lighthouse shuts its doors next week. Inspectors have discovered that forty steps of the \
stone staircase are cracked, and the port does not want to take risks, harbour master Liv Sander told reporters.

About 12,000 people climb the tower, which dates from 1871, in a normal year. The last winter was hard on it: \
nineteen stormy nights followed one upon another, and the damage became worse each time.

Ships need not worry. The lamp keeps burning, since captains on the northern route rely on it when fog comes up. The \
bill, 1.4 million crowns, is shared between the government, the town and a foundation from Kesterton; an old copper \
roof will be sold as well. Granite for the new steps arrives from Hallam, where a block has been waiting since 1954."""

OTHER = """A bakery in Millbrook has won the regional prize for rye bread for the third time, with a loaf that takes \
two days to make and is sold out on most mornings before nine, the jury announced on Saturday evening.

Ada Lindqvist, who took over the shop from her aunt, said the secret was patience and an oven from 1932 that nobody \
else wanted. Her sourdough is fed every six hours, also at night, by whoever lives nearest.

The jury tasted fifty-one loaves from thirty villages without knowing who had baked them. Its chair, Jack Fenwick, \
praised the crust and the crumb, and said the second place had been decided by a single point.

The prize is a wooden peel and five hundred crowns. Lindqvist wants to spend the money on a bench in front of the \
shop, so that customers who come too late can at least sit down and wait for the next batch."""

_FORM = """The weather station at {place} recorded {rain} millimetres of rain on {day}, and a highest temperature of \
{high} degrees at {hour} in the afternoon. The wind blew from the {wind} with gusts of up to {gust} kilometres an \
hour.

The water in the river {river} stood at {level} centimetres, which is {change} centimetres more than the day before. \
The service expects {next} for tomorrow. Readings are taken by {name} and published every evening at seven, when \
they have been checked; later corrections are marked with a star in the table on the notice board of the town hall."""

FORM_ONE = _FORM.format(
    place="Ashford", rain="12.5", day="Monday", high="17.2", hour="15.10", wind="west", gust="44", river="Elm",
    level="213", change="9", next="showers", name="Tom Barrowby",
)  # fmt: skip
FORM_TWO = _FORM.format(
    place="Vallmont", rain="3.1", day="Friday", high="24.8", hour="14.40", wind="south", gust="19", river="Sarre",
    level="87", change="2", next="sunshine", name="Mira Oduya",
)  # fmt: skip


def article(article_id: str, text: str, published: str | None = None) -> Article:
    return Article(article_id, text, Metadata(published=published), f"{article_id}.md")

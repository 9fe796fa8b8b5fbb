"""What is furniture in a scraped page goes, what is the article stays. All texts are invented."""

from __future__ import annotations

import pytest

from rag.readers.furniture import strip_furniture
from rag.readers.plain import paragraphs_in

HEADLINE = "Harbour of Lunsk reopens after eleven days"
BODY = [
    "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said.",
    "Crews cleared 42 containers from the main channel, and two cranes are still out of service, "
    "according to its director.",
    "What comes next",
    "“We will need the whole spring to repair the eastern pier,” said Mira Tolland, who has run the port since 2019.",
    "Fishing boats were the first to leave. The ferry to Orsk follows on Thursday, if the wind allows it.",
]

ABOVE = {
    "a cookie banner": "We use cookies to improve your experience on this site and to show you advertising. "
    "By clicking Accept you agree to our privacy policy.\nAccept all\nManage preferences",
    "a menu": "Home\nNews\nSport\nWeather\nBusiness\nCulture\nLife\nVideo\nSign in\nSubscribe",
    "a skip link": "Skip to main content",
    "an advertisement": "ADVERTISEMENT",
}
BELOW_HEADLINE = {
    "a share bar": "Share\nFacebook\nTwitter\nWhatsApp\nCopy link",
    "counters": "24 Comments\n1.2k views\n3 min read",
    "a relative time": "Updated 3 hours ago",
    "a photo credit": "Photo: Ana Brell/Lunsk Press",
}
BETWEEN = {
    "an advertisement": "Advertisement\nStory continues below advertisement",
    "a newsletter box": "Sign up for our newsletter and get the day's top stories delivered to your inbox.\n"
    "Enter your email address\nSubscribe",
    "a link to another story": "Read more: Mayor of Orsk resigns over bridge contract",
    "a follow appeal": "Follow us on Telegram for the latest from the coast.",
    "a list of related stories": "Related articles\nMayor of Orsk resigns over bridge contract\n"
    "Ten recipes for cold evenings\n"
    "Why the lake turned green",
    "a rights notice in a caption": "The eastern pier after the storm. (Photo by Ana Brell/Getty Images)",
}
BELOW = {
    "a comment thread": "24 Comments\nJonas\n3 hours ago\n"
    "I lived in Lunsk for years and the port was never run well, in my opinion.\n"
    "Reply\nLike\nPetra K.\n5 hours ago\n"
    "My cousin works on the ferry and says that it will not sail before Sunday at all.\nReply",
    "an empty comment form": "Comments\n0\nBe the first to leave a comment.\n"
    "Your comment will appear once approved by a moderator.\n"
    "Thank you! Your submission has been received!\nOops! Something went wrong while submitting the form.",
    "a comment thread without a heading": "Jonas\n3 hours ago\nI lived in Lunsk for years and it was "
    "never run well, I think.\nReply\n"
    "Petra K.\n5 hours ago\nMy cousin works on the ferry and says it will not sail before Sunday.\nReply",
    "unrelated headlines": "Mayor of Orsk resigns over bridge contract\nBy\nDana Wirth\n"
    "Ten recipes for cold evenings\nBy\nDana Wirth",
    "teasers of other stories": "You may also like\nMayor of Orsk resigns\n"
    "The mayor stepped down on Friday after weeks of protest.\n"
    "Ten recipes for cold evenings\nOur cook shows what to do with beans and a little patience.\nLoad more",
    "cards of other stories": "Mayor of Orsk resigns over bridge contract\nBy Dana Wirth\nMarch 3, 2026\n"
    "The mayor stepped down on Friday after weeks of protest about a bridge that was never built at all.\n"
    "Why the lake turned green this year\nBy Dana Wirth\nMarch 2, 2026\n"
    "Algae love warm water, and there was a lot of it.",
    "a footer": "About us\nContact\nPrivacy Policy\nTerms of Use\n© 2026 Lunsk Press. All rights reserved.",
    "an author's biography": "Ana Brell is a staff writer at the Lunsk Press covering ports and shipping "
    "on the northern coast.",
    "a paywall appeal": "Already a subscriber? Log in to continue reading this article.",
}


def read_page(*parts: str) -> list[str]:
    return list(strip_furniture(paragraphs_in("\n\n".join(parts))).paragraphs)


@pytest.mark.parametrize("above", ABOVE.values(), ids=ABOVE)
def test_furniture_above_the_headline_goes(above: str) -> None:
    assert read_page(above, HEADLINE, *BODY) == [HEADLINE, *BODY]


@pytest.mark.parametrize("below", BELOW_HEADLINE.values(), ids=BELOW_HEADLINE)
def test_furniture_below_the_headline_goes(below: str) -> None:
    assert read_page(HEADLINE, below, *BODY) == [HEADLINE, *BODY]


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_furniture_between_paragraphs_goes(between: str) -> None:
    assert read_page(HEADLINE, BODY[0], between, *BODY[1:]) == [HEADLINE, *BODY]


@pytest.mark.parametrize("below", BELOW.values(), ids=BELOW)
def test_furniture_below_the_article_goes(below: str) -> None:
    assert read_page(HEADLINE, *BODY, below) == [HEADLINE, *BODY]


def test_all_kinds_at_once_leave_the_article() -> None:
    page = [
        *ABOVE.values(),
        HEADLINE,
        *BELOW_HEADLINE.values(),
        BODY[0],
        *BETWEEN.values(),
        *BODY[1:],
        *BELOW.values(),
    ]
    assert read_page(*page) == [HEADLINE, *BODY]


def test_the_page_states_title_author_date_and_outlet() -> None:
    page = strip_furniture([HEADLINE, "By Ana Brell | March 9, 2026", "Share", *BODY, "Source: Lunsk Press"])
    assert (page.title, page.author, page.published, page.outlet) == (
        HEADLINE,
        "Ana Brell",
        "2026-03-09",
        "Lunsk Press",
    )
    assert list(page.paragraphs) == [HEADLINE, *BODY]


def test_byline_and_date_below_a_standfirst_are_found() -> None:
    standfirst = "Two cranes are still out of service, and the ferry will have to wait for calmer winds."
    page = strip_furniture([HEADLINE, standfirst, "By", "Ana Brell", "Publish date:", "9 March 2026", *BODY])
    assert (page.author, page.published) == ("Ana Brell", "2026-03-09")
    assert list(page.paragraphs) == [HEADLINE, standfirst, *BODY]


def test_what_the_page_does_not_state_stays_unknown() -> None:
    page = strip_furniture([HEADLINE, "Updated March 9, 2026", *BODY])
    assert (page.author, page.published, page.outlet) == (None, None, None)


def test_headings_in_the_body_stay() -> None:
    body = [BODY[0], "“We know why”: the port speaks", BODY[1], "A slow spring", BODY[3]]
    assert read_page(HEADLINE, *body) == [HEADLINE, *body]


def test_a_list_that_closes_an_article_stays() -> None:
    results = ["The final places were:", "1. Orsk 31 points", "2. Lunsk 27 points", "3. Velm 12 points"]
    assert read_page(HEADLINE, *BODY, *results) == [HEADLINE, *BODY, *results]


def test_dates_as_headings_of_a_timeline_stay() -> None:
    days = ["March 1, 2026", BODY[0], "March 2, 2026", BODY[1], "March 3, 2026", BODY[3]]
    assert read_page(HEADLINE, BODY[4], *days) == [HEADLINE, BODY[4], *days]


def test_a_section_called_like_a_list_of_stories_stays() -> None:
    section = ["More on the storm", BODY[1] + " " + BODY[3], BODY[3] + " " + BODY[1]]
    assert read_page(HEADLINE, BODY[0], *section)[2:] == section


def test_text_without_prose_is_left_as_it_is() -> None:
    poem = ["the pier at dusk", "a gull", "nobody buys the fish", "home", "we walk"]
    assert read_page(*poem) == poem


def test_a_sentence_about_cookies_and_comments_stays() -> None:
    sentence = "The baker of Lunsk sold 400 cookies before noon, and comments on the news were few, she said."
    assert read_page(HEADLINE, *BODY, sentence) == [HEADLINE, *BODY, sentence]


def test_reading_again_what_was_read_changes_nothing() -> None:
    once = read_page(*ABOVE.values(), HEADLINE, *BODY, *BELOW.values())
    assert read_page(*once) == once

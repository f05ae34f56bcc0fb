"""What customers write becomes HTML: links can be clicked, and nothing else does anything."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conversations.display.text import clickable

pytestmark = pytest.mark.no_database

LINKS = [
    # no link at all
    ("hello", []),
    ("", []),
    ("javascript:alert(1)", []),
    ("JavaScript:https://a.example", ["https://a.example"]),
    ("data:text/html,<script>alert(1)</script>", []),
    ("vbscript:x file:///etc/passwd ftp://a.example mailto:a@b.example tel:112", []),
    ("www.a.example a.example a@b.example", []),
    ("https://", []),
    ("https:///", []),
    ("http://?x", []),
    ("https:a.example", []),
    ("https:/a.example", []),
    ("https://[::1", []),
    ("https://" + "a" * 3000, []),
    # links as people write them
    ("https://a.example", ["https://a.example"]),
    ("HTTPS://A.example/B", ["HTTPS://A.example/B"]),
    ("see https://a.example/b?c=d&e=f#g now", ["https://a.example/b?c=d&e=f#g"]),
    ("https://a.example/a_b-c~d/%C3%A9?q=a+b", ["https://a.example/a_b-c~d/%C3%A9?q=a+b"]),
    ("https://a.example:8443/", ["https://a.example:8443/"]),
    ("https://[::1]:80/x", ["https://[::1]:80/x"]),
    ("one https://a.example\ntwo http://b.example", ["https://a.example", "http://b.example"]),
    ("https://a.example/?to=https://b.example", ["https://a.example/?to=https://b.example"]),
    # punctuation of the sentence around them
    ("https://a.example.", ["https://a.example"]),
    ("https://a.example, or", ["https://a.example"]),
    ("https://a.example!!!", ["https://a.example"]),
    ("(https://a.example)", ["https://a.example"]),
    ("(see https://a.example/b).", ["https://a.example/b"]),
    ("https://a.example/b_(c)", ["https://a.example/b_(c)"]),
    ("(https://a.example/b_(c))", ["https://a.example/b_(c)"]),
    ("[https://a.example]", ["https://a.example"]),
    ("“https://a.example”", ["https://a.example"]),
    ("«https://a.example»", ["https://a.example"]),
    ("Is it https://a.example/now?", ["https://a.example/now"]),
    ("https://a.example/?now", ["https://a.example/?now"]),
    ("https://a.example…", ["https://a.example"]),
    ("看 https://a.example/。", ["https://a.example/"]),
    ("<https://a.example>", ["https://a.example"]),
    ('"https://a.example"', ["https://a.example"]),
    ("'https://a.example'", ["https://a.example"]),
    # what tries to get out of the link
    ('https://a.example/"onmouseover="alert(1)', ["https://a.example/"]),
    ("https://a.example/'onmouseover='alert(1)", ["https://a.example/"]),
    ("https://a.example/`x`", ["https://a.example/"]),
    ("https://a.example/<script>alert(1)</script>", ["https://a.example/"]),
    ("https://a.example/&quot;onclick=x", ["https://a.example/&quot;onclick=x"]),
    ("https://a.example/&lt;b&gt;", ["https://a.example/&lt;b&gt;"]),
    ("https://a.example\\@b.example", ["https://a.example"]),
    ("https://a.example/\x00b", ["https://a.example/"]),
    # what turns or hides letters ends it
    ("https://a.example/\u202egpj.exe", ["https://a.example/"]),
    ("https://a.example\u200b.b.example", ["https://a.example"]),
    ("https://a.example\u2066/b", ["https://a.example"]),
    ("https://a.example\u2028https://b.example", ["https://a.example", "https://b.example"]),
]


class Read(HTMLParser):
    """Tags and attributes as a browser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(("text", "links"), LINKS)
def test_links_begin_with_http_and_end_where_a_reader_ends_them(
    text: str, links: list[str]
) -> None:
    read = Read(clickable(text))
    assert [attributes["href"] for _, attributes in read.tags] == links


ALLOWED = {"class", "href", "title", "target", "rel", "referrerpolicy"}


@given(
    st.text()
    | st.lists(st.sampled_from([*"<>\"'&;:/\\ .()[]@%#", "https://", "a.b", "\u202e"])).map("".join)
)
@example("(see https://a.b):")
@example("https://a.b)];:).")
def test_nothing_of_a_text_is_lost_or_becomes_anything_but_a_link(text: str) -> None:
    html = str(clickable(text))
    read = Read(html)
    assert {tag for tag, _ in read.tags} <= {"a"}
    for _, attributes in read.tags:
        assert set(attributes) <= ALLOWED
        assert re.match("https?://", attributes["href"] or "", re.IGNORECASE)
        assert attributes["rel"] == "noopener noreferrer nofollow"
    assert unescape(re.sub("<[^>]*>", "", html)) == text


@pytest.mark.parametrize(
    ("link", "opens"),
    [
        ("https://\u0430pple.com/now", "xn--pple-43d.com"),  # a Cyrillic a
        ("https://m\u00fcller.example", "xn--mller-kva.example"),
        ("https://bank.example@evil.example/", "evil.example"),
        ("https://bank.example:443@evil.example/", "evil.example"),
        ("https://shop.example/m\u00fcller", None),
        ("https://SHOP.example", None),
        ("https://xn--pple-43d.com", None),
    ],
)
def test_where_a_link_leads_is_said_where_it_looks_like_another(
    link: str, opens: str | None
) -> None:
    read = Read(clickable(link))
    [(_, attributes)] = read.tags
    assert attributes.get("title") == (opens and f"Opens {opens}")
    assert (attributes["href"], read.text) == (link, link), "shown as it was written"

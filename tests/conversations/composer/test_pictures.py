"""Pictures that staff send: checked by content, cleaned, fetched by Meta, gone with the rest."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin
from pytest_django import Settings

from conversations.composer import pictures
from conversations.models import Conversation, Message, Picture
from tests.conversations.composer.forms import colleague, send
from tests.support.shop import Shop
from tests.support.talks import ask, page, unsends

pytestmark = pytest.mark.django_db

PUBLIC = "https://bot.example.com"
SECRET = "52.5200 N 13.4050 E"


@pytest.fixture(autouse=True)
def public(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["http://intranet", "https://10.0.0.7", PUBLIC]


def draw(kind: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """Make a picture that says more than it shows, wherever its kind can."""
    written = io.BytesIO()
    mode = "RGBA" if kind in ("PNG", "WEBP") else "RGB"
    picture = Image.new(mode, size, (200, 30, 60, 90)[: len(mode)])
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET)
        options["pnginfo"] = text
    elif kind == "GIF":
        options["comment"] = SECRET.encode()
    else:
        exif = Image.Exif()
        exif[0x010E] = SECRET  # ImageDescription
        exif[0x0112] = options.pop("turned", 1)  # Orientation
        options["exif"] = exif
    picture.save(written, kind, **options)
    return written.getvalue()


def upload(
    client: Client, talk: Conversation, data: bytes, name: str = "photo.jpg", **more: Any
) -> dict[str, Any]:
    given = {"text": "", **more, "picture": SimpleUploadedFile(name, data)}
    return send(client, talk, given.pop("text"), **given)


def path_of(message: Message) -> str:
    url = str(message.content["url"])
    assert url.startswith(f"{PUBLIC}/pictures/")
    return url.removeprefix(PUBLIC)


@pytest.mark.parametrize(
    ("kind", "type_", "ending"),
    [
        ("JPEG", "image/jpeg", ".jpg"),
        ("PNG", "image/png", ".png"),
        ("GIF", "image/gif", ".gif"),
        ("WEBP", "image/png", ".png"),  # Meta takes no WebP; this one may be seen through
    ],
)
def test_a_picture_is_known_by_its_content_and_freed_of_all_else(
    staff: Client, talk: Conversation, kind: str, type_: str, ending: str
) -> None:
    data = draw(kind)
    assert SECRET.encode() in data
    upload(staff, talk, data + SECRET.encode(), name="../../evil.html")
    row = Message.objects.get()
    assert row.kind == "image"
    assert path_of(row).endswith(ending)
    fetched = Client().get(path_of(row))  # Meta does not log in
    assert fetched.status_code == 200
    assert fetched["Content-Type"] == type_
    assert fetched["X-Content-Type-Options"] == "nosniff"
    assert fetched["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert SECRET.encode() not in fetched.content
    assert Image.open(io.BytesIO(fetched.content)).size == (40, 30)


def test_a_photo_stands_upright_without_saying_how_it_was_held(
    staff: Client, talk: Conversation
) -> None:
    upload(staff, talk, draw("JPEG", turned=6))
    picture = Image.open(io.BytesIO(bytes(Picture.objects.get().data)))
    assert picture.size == (30, 40)
    assert not picture.getexif()


def test_a_moving_gif_goes_on_moving(staff: Client, talk: Conversation) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    written = io.BytesIO()
    frames[0].save(
        written, "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0
    )
    upload(staff, talk, written.getvalue())
    moved: Any = Image.open(io.BytesIO(bytes(Picture.objects.get().data)))
    assert moved.n_frames == 3
    moved.seek(2)
    assert moved.info["duration"] == 300


def bomb() -> bytes:
    """A small file of a large picture."""
    written = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: b"", pictures.NO_PICTURE),
        (lambda: b"<svg onload=alert(1)>", pictures.NO_PICTURE),
        (lambda: b"<html><script>alert(1)</script>", pictures.NO_PICTURE),
        (lambda: b"%PDF-1.7 and so on", pictures.NO_PICTURE),
        (lambda: draw("TIFF"), pictures.NO_PICTURE),
        (lambda: draw("JPEG")[:300], pictures.NO_PICTURE),
        (lambda: b"\xff\xd8\xff" + b"x" * 8 * 1024 * 1024, pictures.TOO_LARGE),
        (bomb, pictures.TOO_MANY_PIXELS),
    ],
    ids=["empty", "svg", "html", "pdf", "tiff", "cut", "large", "bomb"],
)
def test_what_is_no_picture_is_refused_and_the_text_kept(
    staff: Client, talk: Conversation, data: Any, said: str
) -> None:
    answer = upload(staff, talk, data())
    assert (answer["outcome"], answer["said"]) == ("refused", said)
    answer = upload(staff, talk, data(), text="with words")
    assert answer["outcome"] == "refused"
    assert ">with words</textarea>" in page(staff, talk)
    assert not Message.objects.exists()
    assert not Picture.objects.exists()


def photograph(kind: str, mode: str, **options: Any) -> bytes:
    """Make a picture that is as hard to write in few bytes as a photo."""
    size, written = (400, 300), io.BytesIO()
    picture = Image.effect_noise(size, 60).convert(mode)
    picture.save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize(
    "photo",
    [
        lambda: photograph("JPEG", "RGB", quality=60),
        lambda: photograph("JPEG", "L", quality=60),
        lambda: photograph("JPEG", "CMYK", quality=60),
        lambda: photograph("PNG", "L"),  # as RGB it is larger
        lambda: photograph("WEBP", "RGB", quality=60),
        lambda: photograph("WEBP", "RGBA", quality=60),
    ],
    ids=["jpeg", "grey jpeg", "cmyk jpeg", "grey png", "webp", "webp with alpha"],
)
def test_a_picture_that_grows_as_it_is_written_anew_is_still_taken(
    staff: Client, talk: Conversation, monkeypatch: pytest.MonkeyPatch, photo: Callable[[], bytes]
) -> None:
    data = photo()
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", len(data))
    assert upload(staff, talk, data)["outcome"] == "queued"
    kept = bytes(Picture.objects.get().data)
    assert len(kept) <= len(data)
    assert Image.open(io.BytesIO(kept)).size == (400, 300)


def test_a_moving_gif_that_grows_too_much_is_refused_with_its_reason(
    staff: Client, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    still, written = Image.effect_noise((200, 150), 60), io.BytesIO()
    moved = still.copy()
    moved.paste(0, (10, 10, 20, 20))
    still.save(written, "GIF", save_all=True, append_images=[moved, still, moved])
    data = written.getvalue()
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", len(data))
    assert upload(staff, talk, data)["said"] == pictures.GROWN


def test_picture_and_text_are_sent_in_this_order(shop: Shop, settings: Settings) -> None:
    shop.hears("hello")
    shop.works()
    talk = Conversation.objects.get()
    shop.graph.sent.clear()
    upload(colleague("anna"), talk, draw("JPEG"), text="Here it is.")
    shop.works()
    rows = Message.objects.filter(staff="anna").order_by("pk")
    assert [(row.kind, row.text, row.state) for row in rows] == [
        ("image", "", "sent"),
        ("text", "Here it is.", "sent"),
    ]
    assert Picture.objects.get().message == rows[0]
    assert len(shop.graph.sent) == 2
    assert shop.graph.sent[1].text == "Here it is."


def test_a_picture_by_address_goes_as_it_is(staff: Client, talk: Conversation) -> None:
    url = "https://shop.example/coat.jpg"
    assert send(staff, talk, "", picture_url=f" {url} ")["outcome"] == "queued"
    assert Message.objects.get().content == {"url": url}


@pytest.mark.parametrize("url", ["http://shop.example/x.jpg", "javascript:alert(1)", "coat.jpg"])
def test_an_address_that_meta_cannot_fetch_is_refused(
    staff: Client, talk: Conversation, url: str
) -> None:
    answer = send(staff, talk, "Look", picture_url=url)
    assert answer["outcome"] == "refused"
    assert "must begin with https://" in answer["said"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "origins",
    [
        [], ["http://bot.example.com"], ["https://localhost"], ["https://192.168.1.4"],
        ["https://*.example.com"], ["https://bot.local"],
    ],
)  # fmt: skip
def test_without_a_public_address_the_button_says_why(
    staff: Client, talk: Conversation, settings: Settings, origins: list[str]
) -> None:
    settings.CSRF_TRUSTED_ORIGINS, settings.PUBLIC_URL = origins, ""
    shown = " ".join(page(staff, talk).split())
    assert "this instabot has no public https address yet" in shown
    assert upload(staff, talk, draw("JPEG"))["outcome"] == "refused"
    assert not Picture.objects.exists()


def test_with_a_public_address_there_is_nothing_to_say(staff: Client, talk: Conversation) -> None:
    assert "public https address" not in page(staff, talk)


def test_nobody_guesses_a_picture(staff: Client, talk: Conversation) -> None:
    upload(staff, talk, draw("PNG"))
    token = Picture.objects.get().token
    assert len(token) >= 22  # 128 bits need as many characters
    for path in (f"{token[:-1]}.png", f"{token}.html", f"{token}.jpg", f"{token}", "1.png"):
        assert Client().get(f"/pictures/{path}").status_code == 404
    assert Client().post(f"/pictures/{token}.png").status_code == 405


def test_a_conflict_or_a_second_click_leaves_no_picture_behind(
    staff: Client, talk: Conversation
) -> None:
    seen = ask(talk, "hello").pk
    ask(talk, "wait")
    assert upload(staff, talk, draw("PNG"), seen=seen)["outcome"] == "conflict"
    assert not Picture.objects.exists()
    upload(staff, talk, draw("PNG"))
    upload(staff, talk, draw("PNG"))
    assert Picture.objects.count() == 1


def test_a_picture_goes_with_its_customer(staff: Client, talk: Conversation) -> None:
    upload(staff, talk, draw("PNG"))
    path = path_of(Message.objects.get())
    talk.delete()
    assert not Picture.objects.exists()
    assert Client().get(path).status_code == 404


def test_a_picture_that_is_unsent_in_the_app_is_gone(shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    upload(colleague("anna"), Conversation.objects.get(), draw("PNG"))
    shop.works()
    unsends(shop, Message.objects.get(kind="image").mid or "")
    assert not Picture.objects.exists()

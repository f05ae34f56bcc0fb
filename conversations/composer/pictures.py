"""Pictures that staff upload: checked, cleaned, kept as rows, and shown to whoever has the address.

Meta fetches a picture from its address without logging in, so the address is one that nobody
guesses. What a file is, is told by its content and never by its name; it is written anew, so that
nothing but the picture is left of it: no place, no camera, no second file behind it.
"""

import io
import secrets
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from PIL import Image, ImageOps, ImageSequence

from conversations.address import public_address
from conversations.models import Picture

MAX_PICTURE_BYTES = 8 * 1024 * 1024  # Meta's limit (Send API, attachments)
MAX_PIXELS = 50_000_000  # of all its frames: more is read into memory only to do harm
TOKEN_BYTES = 24  # 192 bits
PATH = "pictures"
# What Meta takes; a WebP becomes one of them.
TYPES = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"), "GIF": ("gif", "image/gif")}
READ = [*TYPES, "WEBP"]
JPEG_QUALITIES = (90, 80, 70, 60, 50)  # a photo may grow as it is written anew: the first that fits

NO_PICTURE = "This file is not a picture: choose a JPEG, PNG, GIF or WebP."
TOO_LARGE = "A picture can have at most 8 MB."
GROWN = "This GIF has more than 8 MB once it is written anew: use a smaller or shorter one."
TOO_MANY_PIXELS = "This picture has too many pixels: make it smaller, 50 megapixels at most."
NO_ADDRESS = (
    "Instagram fetches pictures from here, and this instabot has no public https address yet"
    " (PUBLIC_URL). Use a picture's web address instead."
)


class PictureError(ValueError):
    """This file cannot be sent as a picture; the text says why, in one sentence for staff."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture without anything else, as Meta takes it."""

    format: str
    data: bytes


def clean(data: bytes) -> Cleaned:
    """Return the picture in a file, written anew. Raises PictureError."""
    if not _fits(data):
        raise PictureError(TOO_LARGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is refused below
            picture: Any = Image.open(io.BytesIO(data), formats=READ)
            _refuse_bomb(picture)
            cleaned = _write(picture)
    except PictureError:
        raise
    except Exception:  # noqa: BLE001 - Pillow raises whatever a broken file leads it to
        raise PictureError(NO_PICTURE) from None
    if not _fits(cleaned.data):
        raise PictureError(GROWN if cleaned.format == "GIF" else TOO_LARGE)
    return cleaned


def _fits(data: bytes) -> bool:
    return len(data) <= MAX_PICTURE_BYTES


def _refuse_bomb(picture: Any) -> None:
    width, height = picture.size
    if width * height * getattr(picture, "n_frames", 1) > MAX_PIXELS:
        raise PictureError(TOO_MANY_PIXELS)


def _write(picture: Any) -> Cleaned:
    if picture.format == "GIF":
        return Cleaned("GIF", _write_gif(picture))
    upright = ImageOps.exif_transpose(picture)  # how it is to be held goes with the metadata
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    if picture.format == "PNG" or has_alpha:
        flat = upright.convert("RGBA" if has_alpha else "RGB")
        data = _save(flat, "PNG", optimize=False)
        if _fits(data):
            return Cleaned("PNG", data)
        upright = _on_white(flat)  # a photo, of which a PNG or WebP was made more cleverly
    flat = upright if upright.mode in ("RGB", "L") else upright.convert("RGB")
    return Cleaned("JPEG", _write_jpeg(flat))


def _on_white(picture: Any) -> Any:
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _write_jpeg(picture: Any) -> bytes:
    data = b""
    for quality in JPEG_QUALITIES:
        data = _save(picture, "JPEG", quality=quality)
        if _fits(data):
            break
    return data


def _write_gif(picture: Any) -> bytes:
    frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
    lengths = []
    for number in range(len(frames)):
        picture.seek(number)
        lengths.append(picture.info.get("duration", 0))
    moving: dict[str, Any] = {}
    if len(frames) > 1:
        moving = {"save_all": True, "append_images": frames[1:], "duration": lengths, "disposal": 2}
        moving["loop"] = picture.info.get("loop", 0)
    return _save(frames[0], "GIF", **moving)


def _save(picture: Any, kind: str, **options: Any) -> bytes:
    picture.info = {}  # a comment, a profile, a text that came with the file
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def keep(conversation_id: int, cleaned: Cleaned, by: str) -> Picture:
    """Write a picture down under a name that nobody guesses."""
    return Picture.objects.create(
        conversation_id=conversation_id,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        content_type=TYPES[cleaned.format][1],
        data=cleaned.data,
        uploaded_by=by,
    )


def attach(picture: Picture, messages: Sequence[int]) -> None:
    """Let a picture go with the first of these messages; with none of them, it goes at once."""
    if not messages:
        picture.delete()
        return
    picture.message_id = messages[0]
    picture.save(update_fields=["message"])


def address(picture: Picture) -> str:
    """Return the address at which Meta fetches a picture."""
    ending = next(end for end, kind in TYPES.values() if kind == picture.content_type)
    return f"{public_address()}/{PATH}/{picture.token}.{ending}"


@require_safe
def show(_: HttpRequest, token: str, ending: str) -> HttpResponse:
    """Show a picture to whoever has its address: Meta, and staff in the thread."""
    picture = Picture.objects.filter(token=token).first()
    if picture is None or (ending, picture.content_type) not in TYPES.values():
        raise Http404
    response = HttpResponse(bytes(picture.data), content_type=picture.content_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["X-Robots-Tag"] = "noindex"
    return response

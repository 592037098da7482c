"""What a file is, told by its content and never by its name; pictures are drawn anew, everything doubtful is refused.

A refusal is a ValueError whose sentence says what was wrong and what to do.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MOST_PIXELS = 10_000_000
MOST_PIXELS_OF_JPEG = 24_000_000
"""Unpacked, a pixel takes four bytes, and other decoders hold a picture three times: measured, 170 MB at most."""
TO_BE_TURNED = 12_600_000
"""Turning needs a second copy: a larger photograph is unpacked at half its width and height."""
ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Kind:
    """media_type: as it is served. suffixes: the names it may bear, the usual one first."""

    media_type: str
    suffixes: tuple[str, ...]


JPEG = Kind("image/jpeg", (".jpg", ".jpeg"))
PNG = Kind("image/png", (".png",))
PDF = Kind("application/pdf", (".pdf",))
MP4 = Kind("video/mp4", (".mp4", ".m4v", ".mov"))
WEBM = Kind("video/webm", (".webm",))
TEXT = Kind("text/plain", (".txt", ".csv", ".log", ".md"))
KINDS = {kind.media_type: kind for kind in (JPEG, PNG, PDF, MP4, WEBM, TEXT)}
PICTURES = frozenset({JPEG.media_type, PNG.media_type})
PHOTOGRAPHS = frozenset({"JPEG", "MPO"})


def checked(data: bytes) -> tuple[Kind, bytes]:
    """What the content is, and the bytes to keep: a picture is drawn anew, anything else stays as it was sent."""
    if not data:
        raise ValueError(_("The file is empty. Choose it again, or send another one."))
    for matches, check in _CHECKS:
        if matches(data):
            return check(data)
    return _text(data)


# ------------------------------------------------------------------ pictures


def _picture(data: bytes) -> tuple[Kind, bytes]:
    """Drawn anew: what is not picture (position, camera, comments, anything appended) is gone afterwards."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
            _measure(picture)
            picture.load()
            return _drawn(picture)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except ValueError:
        raise
    except Exception:  # the decoders raise whatever they like on a broken file
        raise ValueError(
            _("The picture is damaged or incomplete. Open it, save it again as JPEG or PNG, and send that.")
        ) from None


def _measure(picture: Image.Image) -> None:
    """Before anything is unpacked: the header tells the size."""
    photograph, pixels = picture.format in PHOTOGRAPHS, picture.width * picture.height
    if pixels > (MOST_PIXELS_OF_JPEG if photograph else MOST_PIXELS):
        raise _too_many_pixels()
    if not photograph and getattr(picture, "is_animated", False):
        raise ValueError(_("Moving pictures are not taken. Send a single picture, or a video as MP4 or WebM."))
    if photograph and pixels > TO_BE_TURNED and _lies(picture):
        picture.draft(picture.mode, (picture.width // 2, picture.height // 2))


def _lies(picture: Image.Image) -> bool:
    return picture.getexif().get(ORIENTATION, 1) != 1


def _too_many_pixels() -> ValueError:
    return ValueError(
        _("The picture has too many pixels. Save it as JPEG with at most {most} megapixels.").format(
            most=MOST_PIXELS_OF_JPEG // 1_000_000
        )
    )


def _drawn(picture: Image.Image) -> tuple[Kind, bytes]:
    """JPEG for photographs; PNG for what came as PNG or GIF, or has transparency."""
    if _lies(picture):
        ImageOps.exif_transpose(picture, in_place=True)
    clear = picture.has_transparency_data
    kind = JPEG if picture.format in {*PHOTOGRAPHS, "WEBP"} and not clear else PNG
    mode = "RGBA" if clear else "L" if picture.mode in {"1", "L"} else "RGB"
    plain: Image.Image = picture if picture.mode == mode else picture.convert(mode)
    plain.info = {}
    out = io.BytesIO()
    if kind is JPEG:
        plain.save(out, "JPEG", quality=90)
    else:
        plain.save(out, "PNG", compress_level=4)
    return kind, out.getvalue()


# ------------------------------------------------------------------ documents and films

_FORBIDDEN_IN_PDF = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z])")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")


def _pdf(data: bytes) -> tuple[Kind, bytes]:
    """Signature at the first byte, end mark at the end, no second file inside, nothing that runs."""
    end = data.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in data[max(0, end - 1024) : end]:
        raise ValueError(_("The PDF is incomplete. Export it again and send the new one."))
    if data[end + 5 :].strip(b"\r\n\t \x00"):
        raise _two_files_in_one()
    _refuse_hidden(data)
    if _FORBIDDEN_IN_PDF.search(_HEX_IN_NAME.sub(lambda found: bytes([int(found[1], 16)]), data)):
        raise ValueError(
            _("The PDF holds scripts, forms that run, or other files. Print it into a new PDF and send that.")
        )
    return PDF, data


_BRANDS = {b"M4V ", b"qt  ", b"F4V "} | frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 avc1 M4VH M4VP MSNV dash 3gp4 3gp5 3gp6 3gp7 3g2a".split()
)
_STILLS = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
_BOXES = frozenset(b"ftyp moov mdat free skip wide uuid moof mfra sidx ssix styp pdin meta prft emsg".split())


def _mp4(data: bytes) -> tuple[Kind, bytes]:
    """A known brand, and known boxes that fill the file exactly, a film and its data among them."""
    brand = data[8:12]
    if brand in _STILLS:
        raise ValueError(_("This is a HEIC or AVIF picture, which is not taken. Save it as JPEG or PNG and send that."))
    if brand not in _BRANDS:
        raise ValueError(_("This kind of video is not taken. Save it as MP4 (H.264) or WebM and send that."))
    found = list(_boxes(data))
    if not {b"moov", b"mdat"} <= set(found) and not {b"moov", b"moof"} <= set(found):
        raise _damaged_video()
    _refuse_hidden(data)
    return MP4, data


def _boxes(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise _damaged_video()
        size, name = struct.unpack_from(">I4s", data, at)
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0] if at + 16 <= len(data) else 0
        elif size == 0:
            size = len(data) - at
        if size < 8 or at + size > len(data) or name not in _BOXES:
            raise _damaged_video()
        yield name
        at += size


def _webm(data: bytes) -> tuple[Kind, bytes]:
    """The container's head names WebM and is followed by a segment with something in it."""
    head = data[:64]
    if b"\x42\x82\x84webm" not in head:
        raise ValueError(_("This kind of video is not taken. Save it as MP4 (H.264) or WebM and send that."))
    segment = data.find(b"\x18\x53\x80\x67", 0, 128)
    if segment < 0 or len(data) < segment + 16:
        raise _damaged_video()
    _refuse_hidden(data)
    return WEBM, data


def _damaged_video() -> ValueError:
    return ValueError(_("The video is damaged or incomplete. Save it again as MP4 or WebM and send that."))


# ------------------------------------------------------------------ words

_MARKUP = re.compile(
    rb"<\s*(!doctype|\?xml|\?php|html|head|body|script|svg|iframe|object|embed|math|img|link|style)\b", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_TEST_VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


def _text(data: bytes) -> tuple[Kind, bytes]:
    """Plain words in UTF-8: no markup that a browser would run, no control characters."""
    if _MARKUP.search(data):
        raise ValueError(_("Web pages, SVG and XML are not taken. Send a picture of it (PNG, JPEG) or a PDF."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unknown() from None
    if _CONTROL.search(text):
        raise _unknown()
    if not text.strip():
        raise ValueError(_("The file holds no words. Choose another one."))
    if _TEST_VIRUS in data:
        raise ValueError(_("The file is a test virus. It is not taken."))
    return TEXT, data


def _unknown() -> ValueError:
    return ValueError(
        _(
            "This type of file is not taken. Send a picture (JPEG, PNG, WebP, GIF), a PDF, a video (MP4, WebM) "
            "or plain text in UTF-8."
        )
    )


def _archive(data: bytes) -> tuple[Kind, bytes]:
    raise ValueError(
        _("Archives and office documents are not taken. Send their pages as PDF, or the pictures one by one.")
    )


# ------------------------------------------------------------------ what no kind may hide


def _refuse_hidden(data: bytes) -> None:
    """A second face: an archive is found by its end, a web page by its beginning."""
    if b"PK\x05\x06" in data[-66_000:] or _MARKUP.search(data[:1024]):
        raise _two_files_in_one()


def _two_files_in_one() -> ValueError:
    return ValueError(_("The file holds a second one of another type. Export it again and send the new one."))


_CHECKS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], tuple[Kind, bytes]]], ...] = (
    (lambda data: data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")), _picture),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _picture),
    (lambda data: data.startswith(b"%PDF-"), _pdf),
    (lambda data: data[4:8] == b"ftyp", _mp4),
    (lambda data: data.startswith(b"\x1aE\xdf\xa3"), _webm),
    (
        lambda data: data.startswith(
            (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
        ),
        _archive,
    ),
)

"""Small valid files of every type that is taken: scenarios and tests name a file, the player supplies it."""

from __future__ import annotations

import hashlib
import io
import struct
from functools import lru_cache
from pathlib import PurePosixPath

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def sample(name: str) -> SimpleUploadedFile:
    """A file of this name with content that fits its ending (jpg, png, webp, gif, pdf, mp4, webm, txt).

    Two names have two contents. ValueError for an ending of which there is no sample.
    """
    return SimpleUploadedFile(name, _content(name))


@lru_cache(maxsize=512)
def _content(name: str) -> bytes:
    suffix = PurePosixPath(name).suffix.lower()
    makers = {".pdf": _pdf, ".mp4": _mp4, ".webm": _webm, ".txt": _text, ".csv": _text}
    if suffix in makers:
        return makers[suffix](name)
    formats = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}
    if suffix not in formats:
        raise ValueError(f"There is no sample of {name!r}: name a file that ends in {', '.join([*formats, *makers])}")
    return _picture(name, formats[suffix])


def _picture(name: str, form: str) -> bytes:
    red, green, blue = hashlib.sha256(name.encode()).digest()[:3]
    out = io.BytesIO()
    Image.new("RGB", (48, 32), (red, green, blue)).save(out, form)
    return out.getvalue()


def _text(name: str) -> bytes:
    return f"What {name} says.\n".encode()


def _pdf(name: str) -> bytes:
    """One page with the name on it."""
    said = f"BT /F1 18 Tf 40 120 Td ({name.encode('ascii', 'replace').decode()}) Tj ET".translate(
        str.maketrans("", "", "\\")
    )
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 320 240] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(said)} >>\nstream\n{said}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    tail = f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}{tail}".encode()


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _mp4(name: str) -> bytes:
    """A film of no length: its container is right."""
    header = struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 0, 0x00010000, 0x0100) + bytes(60)
    return (
        _box(b"ftyp", b"isom\x00\x00\x02\x00isommp41")
        + _box(b"moov", _box(b"mvhd", header))
        + _box(b"mdat", name.encode())
    )


def _webm(name: str) -> bytes:
    """The container's head and a segment that holds the name as its title."""

    def element(identity: bytes, content: bytes) -> bytes:
        return identity + struct.pack(">Q", len(content) | 1 << 56) + content

    head = element(b"\x1aE\xdf\xa3", element(b"\x42\x82", b"webm").replace(struct.pack(">Q", 4 | 1 << 56), b"\x84"))
    return head + element(b"\x18\x53\x80\x67", element(b"\x15\x49\xa9\x66", element(b"\x7b\xa9", name.encode())))

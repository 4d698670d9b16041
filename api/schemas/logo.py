"""Validation of the firm's logo: a PNG, JPEG or WebP picture as base64 or as a `data:` URL.

SVG is refused: it may contain scripts and refer to other files. The type follows from the content, never from what the
caller says.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

MOST_BYTES = 256 * 1024
MOST_PIXELS = 2000
"""The largest width and height: a small file can hold a picture that takes gigabytes to draw."""

NOT_A_LOGO = "must be a PNG, JPEG or WebP picture, as base64 or as a data: URL"
TOO_LARGE = f"must have at most {MOST_BYTES // 1024} KB and {MOST_PIXELS} pixels on each side"

PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
SUFFIXES = {PNG: "png", JPEG: "jpg", WEBP: "webp"}
_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_DATA_URL_TYPES = frozenset({*SUFFIXES, "image/jpg", "application/octet-stream", ""})


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture in one of the formats that every browser shows."""

    media_type: str
    content: bytes

    @property
    def name(self) -> str:
        """The file name: the hash of the content and the suffix of its type."""
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}.{SUFFIXES[self.media_type]}"

    @property
    def data_url(self) -> str:
        """The picture as a `data:` URL."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


def parse_logo(text: str) -> Logo:
    """The picture in base64 or in a `data:` URL. Raises `ValueError`."""
    encoded = text.strip()
    if encoded[:5].lower() == "data:":
        head, comma, encoded = encoded.partition(",")
        media_type, *parameters = head[5:].lower().split(";")
        if not comma or media_type.strip() not in _DATA_URL_TYPES or "base64" not in [p.strip() for p in parameters]:
            raise ValueError(NOT_A_LOGO)
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):  # a text that is not ASCII raises `ValueError`
        raise ValueError(NOT_A_LOGO) from None
    return logo_of(content)


def logo_of(content: bytes) -> Logo:
    """The picture in a file. Raises `ValueError` if it is damaged, too large or of another format."""
    if len(content) > MOST_BYTES:
        raise ValueError(TOO_LARGE)
    try:
        media_type, size = _type_and_size(content)
    except (IndexError, struct.error):  # cut off
        raise ValueError(NOT_A_LOGO) from None
    if not all(side > 0 for side in size):
        raise ValueError(NOT_A_LOGO)
    if max(size) > MOST_PIXELS:
        raise ValueError(TOO_LARGE)
    return Logo(media_type, content)


def _type_and_size(content: bytes) -> tuple[str, tuple[int, int]]:
    if content.startswith(_PNG_START):
        return PNG, _png_size(content)
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG, _jpeg_size(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP, _webp_size(content)
    raise ValueError(NOT_A_LOGO)


def _png_size(content: bytes) -> tuple[int, int]:
    chunks = list(_png_chunks(content))
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise ValueError(NOT_A_LOGO)
    width, height = struct.unpack(">II", chunks[0][1][:8])
    return width, height


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks, up to the end of the file. Raises `ValueError` for a damaged one, or bytes after the end."""
    place = len(_PNG_START)
    while place < len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, place + 8 + length)
        if checksum != zlib.crc32(name + data):
            raise ValueError(NOT_A_LOGO)
        yield name, data
        place += 12 + length


def _jpeg_size(content: bytes) -> tuple[int, int]:
    if content.rstrip(b"\0")[-2:] != b"\xff\xd9":
        raise ValueError(NOT_A_LOGO)
    place = 2
    while content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # padding
            place += 1
        elif marker in _JPEG_WITHOUT_LENGTH:
            place += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        else:
            (length,) = struct.unpack_from(">H", content, place + 2)
            place += 2 + length
    raise ValueError(NOT_A_LOGO)


def _webp_size(content: bytes) -> tuple[int, int]:
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 + size % 2 < len(content) or size + 8 > len(content):
        raise ValueError(NOT_A_LOGO)
    match content[12:16]:
        case b"VP8X":
            return _three_bytes(content, 24) + 1, _three_bytes(content, 27) + 1
        case b"VP8L" if content[20] == 0x2F:
            (bits,) = struct.unpack_from("<I", content, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if content[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", content, 26)
            return width & 0x3FFF, height & 0x3FFF
        case _:
            raise ValueError(NOT_A_LOGO)


def _three_bytes(content: bytes, place: int) -> int:
    low, high = struct.unpack_from("<HB", content, place)
    return int(low | high << 16)


def _checked(text: str) -> str:
    """The picture as a `data:` URL with the type of its content."""
    return parse_logo(text).data_url


LogoText = Annotated[
    str,
    StringConstraints(max_length=2 * MOST_BYTES),
    AfterValidator(_checked),
    Field(
        description=f"A PNG, JPEG or WebP picture of at most {MOST_BYTES // 1024} KB, as base64 or as a `data:` URL. "
        "Answers hold a `data:` URL."
    ),
]

"""Pictures as they are found in real folders: of every mode and turn, and broken in every way."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def plain(path: Path, size: tuple[int, int] = (20, 16), seed: int = 0) -> None:
    """A picture of noise, (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def truncated(path: Path) -> None:
    plain(path, (64, 64))
    path.write_bytes(path.read_bytes()[:-400])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("no picture")


def folder(path: Path) -> None:
    path.mkdir()


def dead_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def huge(path: Path) -> None:
    """A PNG of 400 megapixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20000, 20000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def large(path: Path) -> None:
    """A sound picture of 100 megapixels."""
    Image.new("1", (10000, 10000)).save(path)


def real_numbers(path: Path) -> None:
    Image.fromarray(np.zeros((8, 8), dtype=np.float32)).save(path, "TIFF")


def wrong_bytes(path: Path) -> None:
    plain(path, (64, 64))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


BROKEN = {
    "truncated.jpg": (truncated, "truncated"),
    "truncated.png": (truncated, "truncated"),
    "empty.jpg": (empty, "it is empty"),
    "text.jpg": (text, "it is not a picture"),
    "folder.jpg": (folder, "it is a folder"),
    "dead.png": (dead_link, "it is a link to nothing"),
    "huge.png": (huge, "exceeds limit"),
    "large.png": (large, "exceeds limit"),
    "real.tif": (real_numbers, "real numbers"),
    "wrong.png": (wrong_bytes, "broken"),
}
"""What cannot be read: a way to make it, and what is said of it."""


def halves(mode: str) -> Image.Image:
    """A picture of a mode, 16 × 8: white on the left, black on the right."""
    picture = Image.new("RGB", (16, 8))
    picture.paste((255, 255, 255), (0, 0, 8, 8))
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    if mode == "RGBA":
        # Black everywhere, and transparent on the left.
        clear = Image.new("RGBA", (16, 8), (0, 0, 0, 255))
        clear.paste((0, 0, 0, 0), (0, 0, 8, 8))
        return clear
    if mode == "P":
        return picture.convert("P", palette=Image.Palette.ADAPTIVE)
    return picture.convert(mode)


MODES = {
    "rgb.png": "RGB",
    "grey.png": "L",
    "grey16.png": "I;16",
    "grey16.tif": "I;16",
    "palette.png": "P",
    "palette.gif": "P",
    "two.png": "1",
    "alpha.png": "RGBA",
    "alpha.webp": "RGBA",
    "cmyk.jpg": "CMYK",
    "cmyk.tif": "CMYK",
    "grey.jpg": "L",
}
"""Files that all show white on the left and black on the right."""


def turned(path: Path, orientation: int) -> None:
    """White on the left, as a viewer that honours EXIF shows it, however it is stored."""
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    picture = halves("RGB")
    stored = picture.transpose(method) if method is not None else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, **({"quality": 95} if path.suffix == ".jpg" else {"pnginfo": PngInfo()}))

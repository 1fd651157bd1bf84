"""A film for Chromium's fake camera: codes as somebody holds them, a little askew, blurred and in poor light."""

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zxingcpp

WIDTH, HEIGHT, FRAMES_A_SECOND = 640, 480, 10
_BORDER = 4


def film(path: Path, texts: Sequence[str], *, frames_each: int = 7) -> None:
    """Write a film that shows the code of each of ``texts`` in turn, for ``frames_each`` tenths of a second, as y4m.

    Chromium shows it again and again (``--use-file-for-fake-video-capture``).
    """
    dice = random.Random(13)
    colour = bytes([128]) * (WIDTH // 2 * (HEIGHT // 2) * 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for text in texts:
            frame = b"FRAME\n" + _picture(text, dice) + colour
            file.write(frame * frames_each)


def _picture(text: str, dice: random.Random) -> bytes:
    """The code of ``text`` on a grey plane: turned by up to 12 degrees, with noise."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = code.to_image(add_quiet_zones=False)
    modules, count = memoryview(image).tobytes(), image.shape[0]
    side, angle = dice.uniform(250, 360), math.radians(dice.uniform(-12, 12))
    scale, cosine, sine = count / side, math.cos(angle), math.sin(angle)
    middle = (WIDTH / 2 + dice.uniform(-60, 60), HEIGHT / 2 + dice.uniform(-30, 30))
    noise = [dice.randint(-14, 14) for _ in range(997)]
    rows = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            across, down = x - middle[0], y - middle[1]
            column = math.floor((across * cosine + down * sine) * scale + count / 2)
            row = math.floor((down * cosine - across * sine) * scale + count / 2)
            inside = 0 <= column < count and 0 <= row < count
            is_dark = inside and modules[row * count + column] == 0
            on_paper = inside or (-_BORDER <= column < count + _BORDER and -_BORDER <= row < count + _BORDER)
            grey = 50 if is_dark else 190 if on_paper else 90
            rows.append(grey + noise[(x * 31 + y * 17) % 997])
    return bytes(rows)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes cmyk-adobe.jpg and cmyk.tif: a quarter each of cyan, magenta, yellow and black ink. Run with Pillow installed."""
import pathlib

from PIL import Image

here = pathlib.Path(__file__).parent
picture = Image.new("CMYK", (32, 32))
for box, ink in {(0, 0): (255, 0, 0, 0), (16, 0): (0, 255, 0, 0), (0, 16): (0, 0, 255, 0), (16, 16): (0, 0, 0, 255)}.items():
    picture.paste(ink, (*box, box[0] + 16, box[1] + 16))
picture.save(here / "cmyk-adobe.jpg", quality=95)
picture.save(here / "cmyk.tif")

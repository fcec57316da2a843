#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes "Kinora Sans" from Inter 3.19 (OFL): the same letters, but tabular figures by default.

Qt 6.4 cannot switch OpenType features on, and a price or a clock that changes must not shift. So the character map is
pointed at the glyphs of Inter's own 'tnum' feature, and the family gets another name, since Inter is a trademark. Labels
have no line height in Qt, so the font brings it.

    apt-get install fonts-inter fonts-jetbrains-mono python3-fonttools && ./make_fonts.py
"""
import pathlib
import shutil

from fontTools.ttLib import TTFont

INTER = pathlib.Path("/usr/share/fonts/opentype/inter")
MONO = pathlib.Path("/usr/share/fonts/truetype/jetbrains-mono")
HERE = pathlib.Path(__file__).parent
FAMILY = "Kinora Sans"


def tabular_figures(font):
    """{proportional glyph: tabular glyph} of the tnum feature, digits only."""
    table = font["GSUB"].table
    digits = {font.getBestCmap()[code] for code in range(0x30, 0x3A)}
    mapping = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for sub in table.LookupList.Lookup[index].SubTable:
                sub = getattr(sub, "ExtSubTable", sub)
                mapping.update({a: b for a, b in sub.mapping.items() if a in digits})
    assert len(mapping) == 10, "the font's tnum feature lacks digits"
    return mapping


def open_lines(font):
    """Lines of text 4/3 em apart (12 px letters on 16 px), as the window is drawn; one line alone stays as high as it was."""
    gap = round(font["head"].unitsPerEm * 4 / 3) - font["hhea"].ascent + font["hhea"].descent
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = gap


def rename(font, style):
    names = {
        1: f"{FAMILY} {style}" if style != "Regular" else FAMILY, 2: "Regular",
        3: f"{FAMILY} {style}: derived from Inter 3.19", 4: f"{FAMILY} {style}",
        6: f"KinoraSans-{style}", 16: FAMILY, 17: style,
    }
    for record in list(font["name"].names):
        if record.nameID == 7:  # trademark
            font["name"].removeNames(nameID=7)
        elif record.nameID in names:
            record.string = names[record.nameID]
    top = font["CFF "].cff
    top.fontNames[0] = names[6]
    top[0].FamilyName, top[0].FullName = FAMILY, names[4]


for style in ("Regular", "Medium", "SemiBold"):
    font = TTFont(INTER / f"Inter-{style}.otf", recalcTimestamp=False)
    figures = tabular_figures(font)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap = {code: figures.get(glyph, glyph) for code, glyph in table.cmap.items()}
    widest = max(font["hmtx"][glyph][0] for glyph in figures.values())  # the 4 is a hair narrower in two weights
    for glyph in figures.values():
        font["hmtx"][glyph] = (widest, font["hmtx"][glyph][1])
    open_lines(font)
    rename(font, style)
    font.save(HERE / f"KinoraSans-{style}.otf")
for style in ("Regular", "Medium"):
    shutil.copy(MONO / f"JetBrainsMono-{style}.ttf", HERE)

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes engine/wan/html_entities_table.inc from the standard library's list of HTML5 named character references."""

import html
from html.entities import html5
from pathlib import Path

WIDTH = 118


def text(value):
    return "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in value)


def rows(entries):
    line = ""
    for name, value in sorted(entries.items()):
        # U"..." takes any code point, but C++ forbids \u for ASCII: those are written as octal.
        code = "".join(f"\\{ord(c):03o}" if ord(c) < 0xA0 else text(c) for c in value)
        item = f'{{"{name}", U"{code}"}}, '
        if len(line) + len(item) > WIDTH:
            yield line.rstrip()
            line = ""
        line += item
    yield line.rstrip()


def main():
    capitals = {}
    for name, value in html5.items():
        upper = name.upper()
        if name.endswith(";") and name == name.lower() and html.unescape("&" + upper) == "&" + upper:
            capitals[upper] = value.upper()
    root = Path(__file__).resolve().parents[2]
    with open(root / "engine/wan/html_entities_table.inc", "w", encoding="ascii") as out:
        out.write("// SPDX-License-Identifier: GPL-3.0-or-later\n")
        out.write("// Written by packaging/dev/make_html_entities.py. Sorted by name.\n")
        for title, entries in (("kNamed", html5), ("kCapitals", capitals)):
            out.write(f"constexpr Entity {title}[] = {{\n")
            out.writelines(line + "\n" for line in rows(entries))
            out.write("};\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads every #include of engine/, ui/ and app/ and reports each that breaks the rules of ARCHITECTURE.md.

usage: check_includes.py ROOT      prints one line a breach; exit status 1 if there is any
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Third-party groups: how an include path shows which it is.
THIRD_PARTY = {
    "torch": re.compile(r"^(torch|ATen|c10)/"),
    "ffmpeg": re.compile(r"^lib(av|sw)[a-z]+/"),
    "opencv": re.compile(r"^opencv2/"),
    "qt": re.compile(r"^(Q[A-Z][A-Za-z0-9]*$|Qt[A-Z]|QtTest)"),
    "sqlite": re.compile(r"^sqlite3\.h$"),
    "json": re.compile(r"^nlohmann/"),
    "curl": re.compile(r"^curl/"),
    "sentencepiece": re.compile(r"^sentencepiece"),
    "cli11": re.compile(r"^CLI/"),
    "openssl": re.compile(r"^openssl/"),
    "utf8proc": re.compile(r"^utf8proc\.h$"),
    "icu": re.compile(r"^unicode/"),
}

# folder: (folders of ours it may include, third-party groups it may include). A folder may always include itself.
ENGINE = {
    "engine/core": ([], ["json"]),
    "engine/image": (["engine/core"], []),
    "engine/project": (["engine/core"], ["json"]),
    "engine/credits": (["engine/core"], ["json"]),
    "engine/store": (["engine/core", "engine/credits"], ["sqlite", "json"]),
    "engine/media": (["engine/core", "engine/image"], ["ffmpeg", "opencv"]),
    "engine/detail": (["engine/core", "engine/image"], ["opencv"]),
    "engine/weights": (["engine/core"], ["json"]),
    "engine/tensor": (["engine/core", "engine/weights"], ["torch", "json"]),
    "engine/diffusion": (["engine/core", "engine/tensor"], ["torch", "json"]),
    "engine/wan": (["engine/core", "engine/weights", "engine/tensor", "engine/diffusion"], ["torch", "json", "sentencepiece", "utf8proc", "icu"]),
    "engine/pipeline": (["engine/core", "engine/image", "engine/weights", "engine/tensor", "engine/diffusion", "engine/wan"], ["torch", "json"]),
    "engine/models": (["engine/core", "engine/weights"], ["json", "curl", "openssl"]),
    "engine/render": (["engine/core", "engine/image", "engine/project", "engine/media"], ["opencv", "ffmpeg", "json"]),
    "engine/jobs": (["engine/core", "engine/credits", "engine/store"], []),
}
UI_ENGINE = ["engine/core", "engine/project", "engine/credits", "engine/jobs", "engine/render", "engine/models"]
PANELS = ["create", "preview", "timeline", "queue", "credits", "library", "export", "models_panel"]
RULES = dict(ENGINE)
RULES["ui/widgets"] = ([], ["qt"])
# The session alone sees the ledger's values and the headers of weights; panels get them from it.
RULES["ui/session"] = (["ui/widgets", "engine/store", "engine/weights", *UI_ENGINE], ["qt", "json"])
for panel in PANELS:
    RULES[f"ui/{panel}"] = (["ui/widgets", "ui/session", *UI_ENGINE], ["qt"])
RULES["ui/window"] = (["ui/widgets", "ui/session", *(f"ui/{panel}" for panel in PANELS), *UI_ENGINE], ["qt"])
RULES["app/runtime"] = (list(ENGINE), ["json"])
RULES["app/cli"] = (["app/runtime", *ENGINE], ["json", "cli11"])
RULES["app/studio"] = (["app/runtime", "ui/widgets", "ui/session", "ui/window", *ENGINE], ["qt"])

# The ledger's panel shows the store's values.
RULES["ui/credits"][0].append("engine/store")

# Public headers keep heavy third-party code out, but for ATen in the tensor folders and JSON's forward declarations.
HEADER_GROUPS = {"torch", "qt", "json"}
# Headers that only their own folder includes, to share FFmpeg's C headers and their owners.
PRIVATE_HEADERS = {"engine/media/ffmpeg.h"}


def folder_of(path: str) -> str:
    return "/".join(path.split("/")[:2])


def breaches_in(path: str, text: str) -> list[str]:
    folder = folder_of(path)
    if folder not in RULES:
        return [f"{path}: folder {folder} is not in the include table"]
    ours, groups = RULES[folder]
    found = []
    for match in INCLUDE.finditer(text):
        quote, target = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if re.match(r"^(engine|ui|app)/", target):
            if target in PRIVATE_HEADERS and folder_of(target) != folder:
                found.append(f"{path}:{line}: {target} is private to its folder")
            elif folder_of(target) != folder and folder_of(target) not in ours:
                found.append(f"{path}:{line}: {folder} may not include {folder_of(target)} ({target})")
            continue
        if quote == '"' and not target.startswith("tests/") and not target.endswith(".moc") and not target.startswith("moc_"):
            found.append(f"{path}:{line}: include our headers root-relative ({target})")
            continue
        for group, pattern in THIRD_PARTY.items():
            if not pattern.search(target):
                continue
            if group not in groups:
                found.append(f"{path}:{line}: {folder} may not include {group} ({target})")
            elif path.endswith(".h") and group not in HEADER_GROUPS and path not in PRIVATE_HEADERS:
                found.append(f"{path}:{line}: {group} does not belong in a header ({target})")
        if target.startswith("torch/") and not target.startswith("torch/headeronly/"):
            found.append(f"{path}:{line}: never <torch/…>, it costs 12 s a file; use ATen ({target})")
    return found


def main(root: str) -> int:
    base = pathlib.Path(root)
    files = sorted(p for top in ("engine", "ui", "app") for p in (base / top).rglob("*") if p.suffix in {".h", ".cpp", ".cu"})
    found = [line for p in files for line in breaches_in(str(p.relative_to(base)), p.read_text(encoding="utf-8"))]
    print("\n".join(found) if found else f"{len(files)} files keep the include rules")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))

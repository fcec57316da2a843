# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts that exercise cleaning, normalisation and segmentation."""

LONG_EN = "a red ball and a blue car and a yellow balloon over the green meadow at sunset, " * 60
LONG_ZH = "一只红色的球在海滩上弹跳，天空中飘着黄色的气球。" * 60

TOKEN_PROMPTS = [
    "",
    "   \t\n ",
    "a red ball bounces on the beach",
    "A Red BALL Bounces On The Beach!",
    "  leading,   inner \t and trailing\n\nspaces  ",
    "一只红色的球在海滩上弹跳",
    "夜晚的城市，一架飞机从左向右飞过。",
    "a blue car 蓝色的汽车 drives 向左 fast",
    "“curly quotes” and ‘single ones’, it’s fine",
    "“中文引号”与‘单引号’",
    "ｆｕｌｌ ｗｉｄｔｈ　ＬＥＴＴＥＲＳ １２３！？（ｏｋ）",
    "，。！？；：（）【】《》、……——",
    "ideographic\u3000space\u3000between\u3000words",
    "no\u00a0break\u2028line\u2029para\u0085next\x0cfeed\u200bzero",
    "a red 😀 ball 🎈🎈 floats",
    "👩‍👩‍👧‍👦 family 🇨🇳 flag ❤️ heart",
    "cats &amp; dogs &lt;3 &quot;play&quot;",
    "&amp;amp;amp; twice &amp;lt;b&amp;gt;",
    "a < b &amp; c > d",
    "&#20320;&#22909; &eacute;t&eacute; &copy; &hearts;",
    "ﬁre and ﬂame, eﬀort",
    "cafe\u0301 de\u0301ja\u0300 vu",
    "café déjà vu naïve façade",
    "schÃ¶n â€œmojibakeâ€\u009d",
    "\ufeffbyte order mark",
    "control\x01\x02 \x1b[31mcharacters\x7f",
    "привет мир, красный шар",
    "赤いボールが海辺で跳ねる",
    "빨간 공이 해변에서 튄다",
    "مرحبا بالعالم كرة حمراء",
    "שלום עולם",
    "नमस्ते दुनिया",
    "鿿龘 rare 𠀀𠮷 characters",
    "x² + y³ = ½ ℃ № ™ ① Ⅳ",
    "12:34:56 2024-01-02 3.14159 1,000,000",
    "snake_case camelCase kebab-case C++ #tag @name",
    "▁ already ▁there",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "<s> special </s> words <pad> <unk> <extra_id_0>",
    "half-width ｶﾀｶﾅ and ﾊﾝｶｸ",
    "quote\u201a low\u201e and \u00abguillemets\u00bb … ellipsis",
    "tab\tseparated\r\nwindows line",
    LONG_EN,
    LONG_ZH,
]

# The encoder is compared on these (the long one is truncated to 512 tokens).
ENCODER_PROMPTS = {
    "empty": "",
    "english": "a red ball bounces on the beach",
    "chinese": "一只红色的球在海滩上弹跳",
    "emoji": "a red 😀 ball 🎈🎈 floats",
    "quotes": "“curly quotes” and ‘single ones’, it’s fine",
    "fullwidth": "ｆｕｌｌ ｗｉｄｔｈ　ＬＥＴＴＥＲＳ １２３！？（ｏｋ）",
    "entities": "cats &amp; dogs &amp;lt;3 &quot;play&quot;",
    "long": LONG_EN,
}

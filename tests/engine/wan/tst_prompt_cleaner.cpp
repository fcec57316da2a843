// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/prompt_cleaner.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/wan/unicode.h"

using kinora::wan::cleanPrompt;

namespace {

struct Row {
  std::string input;
  std::string expected;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.input);
    CHECK(cleanPrompt(row.input) == row.expected);
  }
}

}  // namespace

// Expected values are those of ftfy 6.3.1 and html.unescape as diffusers 0.42.1 uses them.

TEST_CASE("straightens quotes, also in Chinese text") {
  check({{"“curly” and ‘single’, it’s", "\"curly\" and 'single', it's"},
         {"“中文”与‘单’", "\"中文\"与'单'"},
         {"quote‚ low„ and «guillemets» ʼn", "quote' low\" and «guillemets» 'n"}});
}

TEST_CASE("brings full-width forms to ASCII and half-width katakana to full width") {
  check({{"ｆｕｌｌ　ＷＩＤＴＨ１２！？（ｏｋ）", "full WIDTH12!?(ok)"},
         {"，。！？；：（）【】《》、……——", ",。!?;:()【】《》、……——"},
         {"ｶﾀｶﾅ ﾊﾝｶｸ", "カタカナ ハンカク"}});
}

TEST_CASE("takes ligatures apart but keeps letters") {
  check({{"ﬁre ﬂame eﬀort ĳ ǆ ŉ", "fire flame effort ij dž 'n"}, {"æon œuvre", "æon œuvre"}});
}

TEST_CASE("composes to NFC") {
  check({{"cafe\u0301 de\u0301ja\u0300", "café déjà"}, {"한", "한"}});
}

TEST_CASE("drops control characters, byte order marks and terminal escapes") {
  check({{"\uFEFForder", "order"},
         {"a\x01\x02 \x1b[31mred\x1b[0m\x7f", "a red"},
         {std::string("nul\0byte", 8), "nulbyte"},
         {"joiner\u200Dkept", "joiner\u200Dkept"}});
}

TEST_CASE("makes every run of white space one space") {
  check({{"  a,   b \t c\n\nd  ", "a, b c d"},
         {"no\u00A0break\u2028line\u2029para\fform", "no break line para form"},
         {"a\r\nb\rc\vd", "a b cd"},
         {"", ""},
         {" \t\n\u3000", ""}});
}

TEST_CASE("unescapes entities") {
  check({{"cats &amp; dogs &lt;3 &quot;play&quot;", "cats & dogs <3 \"play\""},
         {"&amp;amp;amp; &amp;lt;b&amp;gt;", "& <b>"},
         {"a < b &amp; c > d", "a < b & c > d"},
         {"&#20320;&#x597D; &eacute;t&EACUTE; &copy &notit; &hearts;", "你好 étÉ © ¬it; ♥"},
         {"AT&T R&D a&b &unknown; &#; &;", "AT&T R&D a&b &unknown; &#; &;"},
         {"&#0; &#x110000; &#55296;", "\uFFFD \uFFFD \uFFFD"},
         {"&#99999999999999999999;", "\uFFFD"}});
}

TEST_CASE("repairs UTF-8 that was read as Windows-1252 or Latin-1") {
  check({{"schÃ¶n â€œmojibakeâ€\u009D", "schön \"mojibake\""},
         {"一只 Ã©tÃ© 红", "一只 été 红"},
         {"10 Â°C", "10 °C"},
         {"ðŸ˜€", "😀"},
         {"ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"},
         {"æ—¥æœ¬èªž", "日本語"},
         {"Ã¢â‚¬â„¢", "'"},
         {"â‚¬5, 5 â€“ 6", "€5, 5 – 6"},
         {"para\u0085next", "para…next"}});
}

TEST_CASE("leaves sound text alone") {
  for (const std::string text : {"AMANHÃ…", "«CAFÉ»", "naïve café «été»", "ç±»", "Ó Â Ã", "привет мир", "مرحبا بالعالم",
                                 "שלום", "नमस्ते", "빨간 공이 튄다", "👩\u200D👩\u200D👧 🇨🇳 ❤️",
                                 "x² + y³ = ½ ℃ № ™ ① Ⅳ", "鿿龘 𠀀𠮷", "▁ already", "C++ #tag @name"}) {
    CAPTURE(text);
    CHECK(cleanPrompt(text) == text);
  }
}

TEST_CASE("replaces invalid UTF-8 and always returns valid UTF-8") {
  CHECK(cleanPrompt("a\xFF"
                    "b") == "a\uFFFDb");
  CHECK(cleanPrompt("cut \xE4\xBD") == "cut \uFFFD");
  CHECK(cleanPrompt("overlong \xC0\xAF") == "overlong \uFFFD\uFFFD");
  CHECK(cleanPrompt("surrogate \xED\xA0\x80.") == "surrogate \uFFFD\uFFFD\uFFFD.");
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(round % 2 == 0 ? random() : "&#xÃ©€<;a1â\x1b["[random() % 18]);
    std::u32string decoded;
    CHECK(kinora::wan::decodeStrictUtf8(cleanPrompt(bytes), decoded));
  }
}

// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>

#include "engine/core/frame.h"
#include "engine/core/job.h"
#include "engine/core/progress.h"
#include "engine/core/rational.h"
#include "engine/core/result.h"

using namespace kinora::core;

TEST_CASE("fractions are in lowest terms with a positive denominator") {
  CHECK(Rational(50, 24) == Rational(25, 12));
  CHECK(Rational(5, -10) == Rational(-1, 2));
  CHECK(Rational(7, 0) == Rational());
  CHECK(Rational(0, -5).den() == 1);
  CHECK(Rational(24000, 1001).toString() == "24000/1001");
}

TEST_CASE("fractions are exact in sums, products and comparisons") {
  CHECK(Rational(1, 3) + Rational(1, 6) == Rational(1, 2));
  CHECK(Rational(1, 3) - Rational(1, 2) == Rational(-1, 6));
  CHECK(Rational(24000, 1001) * Rational(1001, 24000) == Rational(1));
  CHECK(Rational(1, 2) / Rational(1, 4) == Rational(2));
  CHECK(Rational(1) / Rational(0) == Rational());
  CHECK(Rational(1, 3) < Rational(1, 2));
  CHECK(Rational(-1, 2) < Rational(-1, 3));
  CHECK(Rational(2, 4) <= Rational(1, 2));
  CHECK(Rational(3) > Rational(5, 2));
}

TEST_CASE("floor goes down and round takes the nearest, halves up, on both sides of zero") {
  CHECK(Rational(7, 2).floor() == 3);
  CHECK(Rational(-7, 2).floor() == -4);
  CHECK(Rational(-4).floor() == -4);
  CHECK(Rational(5, 2).round() == 3);
  CHECK(Rational(-5, 2).round() == -2);
  CHECK(Rational(12, 5).round() == 2);
  CHECK(Rational(5, 2).toDouble() == 2.5);
}

TEST_CASE("every error code has a word of its own that leads back") {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(ErrorCode::Interrupted); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    CHECK(codeFromName(codeName(code)) == code);
    words.insert(codeName(code));
  }
  CHECK(words.size() == static_cast<std::size_t>(ErrorCode::Interrupted) + 1);
  CHECK(codeFromName("nonsense") == ErrorCode::Internal);
}

TEST_CASE("a result holds a value or an error") {
  Result<int> good = 5;
  CHECK(good.ok());
  CHECK(*good == 5);
  const Result<int> bad = Error{ErrorCode::NotFound, "no file", "x.png"};
  CHECK_FALSE(bad);
  CHECK(bad.error().text() == "[x.png] no file");
  CHECK(Error{ErrorCode::NotFound, "no file", ""}.text() == "no file");
  const Result<void> done;
  CHECK(done.ok());
  const Result<void> failed = Error{ErrorCode::Busy, "locked", ""};
  CHECK(failed.error().code == ErrorCode::Busy);
}

TEST_CASE("job kinds, states and stages have their words") {
  CHECK(std::string(jobKindName(JobKind::Export)) == "export");
  CHECK(std::string(jobStateName(JobState::Cancelled)) == "cancelled");
  std::set<std::string> stages;
  for (const Stage stage : {Stage::Text, Stage::Encode, Stage::Denoise, Stage::Decode, Stage::Write})
    stages.insert(stageName(stage));
  CHECK(stages == std::set<std::string>{"text", "encode", "denoise", "decode", "write"});
}

TEST_CASE("frames share their pixels") {
  const std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[2 * 3 * 3]{});
  pixels[9] = 77;
  const Frame frame(3, 2, pixels);
  const Frame copy = frame;
  CHECK(copy.data() == frame.data());
  CHECK(frame.stride() == 9);
  CHECK(frame.byteCount() == 18);
  CHECK(frame.row(1)[0] == 77);
  CHECK(Frame().isNull());
}

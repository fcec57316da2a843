// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tokens.h"

#include <QStringList>
#include <algorithm>
#include <cmath>

namespace kinora::widgets {
namespace {

constexpr double kSoftDark = 0.14;
constexpr double kSoftLight = 0.10;
constexpr double kRing = 0.14;
constexpr double kScrim = 0.55;

QColor withAlpha(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

Tokens makeDark() {
  Tokens t;
  t.bg0 = QColor(QRgb{0x121316});
  t.bg1 = QColor(QRgb{0x191B1F});
  t.bg2 = QColor(QRgb{0x212429});
  t.bg3 = QColor(QRgb{0x2B2F36});
  t.chosen = t.bg3;
  t.line = QColor(QRgb{0x2A2D33});
  t.line2 = QColor(QRgb{0x3A3F48});
  t.text1 = QColor(QRgb{0xECEEF1});
  t.text2 = QColor(QRgb{0xA7ADB8});
  t.text3 = QColor(QRgb{0x6F7682});
  t.accent = QColor(QRgb{0xFF8A4C});
  t.onAccent = QColor(QRgb{0x1B0E06});
  t.accentHover = QColor(QRgb{0xFF9C66});
  t.accentSoft = withAlpha(t.accent, kSoftDark);
  t.focusRing = withAlpha(t.accent, kRing);
  t.ok = QColor(QRgb{0x4CC38A});
  t.warn = QColor(QRgb{0xF2B84B});
  t.error = QColor(QRgb{0xF2636B});
  t.clipVideo = QColor(QRgb{0x3F6DB5});
  t.clipVideoSelected = QColor(QRgb{0x5B86C9});
  t.clipAudio = QColor(QRgb{0x2F8F6B});
  t.clipTitle = QColor(QRgb{0x8A63C9});
  t.onPicture = QColor(QRgb{0xFFFFFF});
  t.scrim = withAlpha(QColor(QRgb{0x000000}), kScrim);
  t.shadow = withAlpha(QColor(QRgb{0x000000}), 0.45);
  return t;
}

Tokens makeLight() {
  Tokens t;
  t.bg0 = QColor(QRgb{0xE7E9EC});
  t.bg1 = QColor(QRgb{0xF6F7F8});
  t.bg2 = QColor(QRgb{0xFFFFFF});
  t.bg3 = QColor(QRgb{0xECEEF1});
  t.chosen = t.bg2;
  t.line = QColor(QRgb{0xDADDE2});
  t.line2 = QColor(QRgb{0xC3C8D0});
  t.text1 = QColor(QRgb{0x1A1C20});
  t.text2 = QColor(QRgb{0x555C67});
  t.text3 = QColor(QRgb{0x868D99});
  t.accent = QColor(QRgb{0xD9541E});
  t.onAccent = QColor(QRgb{0xFFFFFF});
  t.accentHover = QColor(QRgb{0xC64A17});
  t.accentSoft = withAlpha(t.accent, kSoftLight);
  t.focusRing = withAlpha(t.accent, kRing);
  t.ok = QColor(QRgb{0x1E8A57});
  t.warn = QColor(QRgb{0x9A6700});
  t.error = QColor(QRgb{0xC62F3A});
  t.clipVideo = QColor(QRgb{0x7FA3DC});
  t.clipVideoSelected = QColor(QRgb{0x5B86C9});
  t.clipAudio = QColor(QRgb{0x6DBE9E});
  t.clipTitle = QColor(QRgb{0xB49AE3});
  t.onPicture = QColor(QRgb{0xFFFFFF});
  t.scrim = withAlpha(QColor(QRgb{0x000000}), kScrim);
  t.shadow = withAlpha(QColor(QRgb{0x141820}), 0.16);
  return t;
}

double luminance(const QColor& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

QFont makeFont(const QString& family, int px, QFont::Weight weight) {
  QFont font;
  font.setFamilies({family, QStringLiteral("Noto Sans CJK SC"), QStringLiteral("sans-serif")});
  font.setPixelSize(px);
  font.setWeight(weight);
  return font;
}

}  // namespace

const Tokens& darkTokens() {
  static const Tokens tokens = makeDark();
  return tokens;
}

const Tokens& lightTokens() {
  static const Tokens tokens = makeLight();
  return tokens;
}

QFont uiFont(int px, QFont::Weight weight) {
  return makeFont(QStringLiteral("Kinora Sans"), px, weight);
}

QFont monoFont(int px, QFont::Weight weight) {
  QFont font = makeFont(QStringLiteral("JetBrains Mono"), px, weight);
  font.setStyleHint(QFont::Monospace);
  return font;
}

double contrastRatio(const QColor& a, const QColor& b) {
  const auto [low, high] = std::minmax({luminance(a), luminance(b)});
  return (high + 0.05) / (low + 0.05);
}

QColor over(const QColor& colour, const QColor& ground) {
  const double a = colour.alphaF();
  const auto mix = [a](double c, double g) { return static_cast<float>(a * c + (1 - a) * g); };
  return QColor::fromRgbF(mix(colour.redF(), ground.redF()), mix(colour.greenF(), ground.greenF()),
                          mix(colour.blueF(), ground.blueF()));
}

}  // namespace kinora::widgets

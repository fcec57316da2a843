// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>

namespace kinora::widgets {

/// Every colour of the window, for one theme. No other file names a colour.
struct Tokens {
  QColor bg0;     ///< canvas and wells
  QColor bg1;     ///< panels
  QColor bg2;     ///< fields and cards
  QColor bg3;     ///< raised, hover
  QColor chosen;  ///< the chosen one in a well of choices
  QColor line;    ///< hairlines
  QColor line2;   ///< stronger lines, dashed borders
  QColor text1;   ///< content
  QColor text2;   ///< labels
  QColor text3;   ///< hints; never what must be read
  QColor accent;  ///< main action, selection, playhead, progress, focus: nothing else
  QColor onAccent;
  QColor accentHover;  ///< accent under the pointer
  QColor accentSoft;   ///< ground of a chosen card
  QColor focusRing;    ///< soft outer ring, 14 %
  QColor ok;
  QColor warn;
  QColor error;
  QColor clipVideo;
  QColor clipVideoSelected;
  QColor clipAudio;
  QColor clipTitle;
  QColor onPicture;  ///< text on a picture or clip
  QColor scrim;      ///< ground of such text
  QColor shadow;     ///< under floating things
};

const Tokens& darkTokens();
const Tokens& lightTokens();

// Sizes in logical pixels, multiples of a 4 px grid where the look allows.
inline constexpr int kGrid = 4;
inline constexpr int kPanelPadding = 16;
inline constexpr int kPanelPaddingTop = 14;
inline constexpr int kGapSmall = 4;
inline constexpr int kGapLabel = 6;  ///< between a label and its field
inline constexpr int kGap = 8;
inline constexpr int kGapWide = 14;
inline constexpr int kLine = 1;  ///< hairline

inline constexpr int kRadiusSmall = 4;  ///< tags
inline constexpr int kRadiusClip = 5;
inline constexpr int kRadiusSegment = 6;
inline constexpr int kRadiusField = 8;
inline constexpr int kRadiusCard = 10;

inline constexpr int kControlHeight = 32;
inline constexpr int kSmallControlHeight = 26;
inline constexpr int kSegmentHeight = 28;
inline constexpr int kGenerateHeight = 48;
inline constexpr int kTopBarHeight = 40;
inline constexpr int kBarHeight = 36;
inline constexpr int kTransportHeight = 44;
inline constexpr int kStatusHeight = 26;
inline constexpr int kTabHeight = 40;
inline constexpr int kCreateWidth = 340;
inline constexpr int kSideWidth = 320;
inline constexpr int kSlotHeight = 90;
inline constexpr int kCardPaddingX = 10;
inline constexpr int kCardPaddingY = 8;
inline constexpr int kPromptPaddingX = 12;
inline constexpr int kPromptPaddingY = 10;
inline constexpr int kProgressHeight = 4;
inline constexpr int kIconSize = 16;
inline constexpr int kIconButton = 28;
inline constexpr int kFocusRing = 3;
inline constexpr int kScrollBar = 10;

inline constexpr int kTextPx = 13;
inline constexpr int kTextLine = 20;
inline constexpr int kLabelPx = 12;
inline constexpr int kLabelLine = 16;
inline constexpr int kSmallPx = 11;
inline constexpr int kActionPx = 15;
inline constexpr int kTitlePx = 14;

inline constexpr int kHoverMs = 120;  ///< hover and folds
inline constexpr int kToastMs = 6000;

/// Kinora Sans (Inter with tabular figures), Noto Sans CJK SC behind it. initResources() must have run.
QFont uiFont(int px = kTextPx, QFont::Weight weight = QFont::Normal);
/// JetBrains Mono, for timecode.
QFont monoFont(int px = kTextPx, QFont::Weight weight = QFont::Normal);

/// WCAG contrast ratio of two opaque colours, 1..21.
double contrastRatio(const QColor& a, const QColor& b);
/// colour laid over an opaque ground.
QColor over(const QColor& colour, const QColor& ground);

}  // namespace kinora::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QFontDatabase>
#include <QHash>
#include <QPalette>
#include <QProxyStyle>
#include <QRegularExpression>
#include <QStyleFactory>
#include <QStyleHints>
#include <QStyleOption>
#include <QToolTip>

#include "ui/widgets/focus_ring.h"

static void initWidgetResources() {
  Q_INIT_RESOURCE(kinora_icons);
  Q_INIT_RESOURCE(kinora_fonts);
  Q_INIT_RESOURCE(kinora_style);
}

namespace kinora::widgets {
namespace {

constexpr int kCellMargin = 3;  ///< Qt's own, on both sides of a table cell's text

/// Fusion without its own focus frames (FocusRing draws ours) and with our icon sizes.
class KinoraStyle : public QProxyStyle {
 public:
  KinoraStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    if (element == PE_FrameFocusRect) return;
    QProxyStyle::drawPrimitive(element, option, painter, widget);
  }

  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override {
    switch (metric) {
      case PM_SmallIconSize:
      case PM_ButtonIconSize:
      case PM_ToolBarIconSize:
      case PM_TabBarIconSize:
        return kIconSize;
      default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
  }

  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* data) const override {
    switch (hint) {
      case SH_ComboBox_Popup:
        return 0;
      case SH_EtchDisabledText:
      case SH_DitherDisabledText:
        return 0;
      default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
  }
};

QPalette makePalette(const Tokens& t) {
  QPalette p;
  p.setColor(QPalette::Window, t.bg1);
  p.setColor(QPalette::WindowText, t.text1);
  p.setColor(QPalette::Base, t.bg2);
  p.setColor(QPalette::AlternateBase, t.bg1);
  p.setColor(QPalette::Text, t.text1);
  p.setColor(QPalette::PlaceholderText, t.text3);
  p.setColor(QPalette::Button, t.bg2);
  p.setColor(QPalette::ButtonText, t.text1);
  p.setColor(QPalette::BrightText, t.error);
  p.setColor(QPalette::ToolTipBase, t.bg3);
  p.setColor(QPalette::ToolTipText, t.text1);
  p.setColor(QPalette::Highlight, t.accent);
  p.setColor(QPalette::HighlightedText, t.onAccent);
  p.setColor(QPalette::Link, t.accent);
  p.setColor(QPalette::LinkVisited, t.accent);
  p.setColor(QPalette::Light, t.bg3);
  p.setColor(QPalette::Midlight, t.bg3);
  p.setColor(QPalette::Mid, t.line2);
  p.setColor(QPalette::Dark, t.line);
  p.setColor(QPalette::Shadow, t.bg0);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    p.setColor(QPalette::Disabled, role, t.text3);
  }
  p.setColor(QPalette::Disabled, QPalette::Highlight, t.bg3);
  p.setColor(QPalette::Disabled, QPalette::HighlightedText, t.text3);
  return p;
}

QString cssColour(const QColor& c) {
  if (c.alpha() == 255) return c.name();
  return QStringLiteral("rgba(%1,%2,%3,%4)").arg(c.red()).arg(c.green()).arg(c.blue()).arg(c.alpha());
}

QHash<QString, QString> cssNames(const Tokens& t) {
  const auto px = [](int value) { return QStringLiteral("%1px").arg(value); };
  return {
      {QStringLiteral("bg0"), cssColour(t.bg0)},
      {QStringLiteral("bg1"), cssColour(t.bg1)},
      {QStringLiteral("bg2"), cssColour(t.bg2)},
      {QStringLiteral("bg3"), cssColour(t.bg3)},
      {QStringLiteral("chosen"), cssColour(t.chosen)},
      {QStringLiteral("line"), cssColour(t.line)},
      {QStringLiteral("line2"), cssColour(t.line2)},
      {QStringLiteral("text1"), cssColour(t.text1)},
      {QStringLiteral("text2"), cssColour(t.text2)},
      {QStringLiteral("text3"), cssColour(t.text3)},
      {QStringLiteral("accent"), cssColour(t.accent)},
      {QStringLiteral("accentHover"), cssColour(t.accentHover)},
      {QStringLiteral("accentSoft"), cssColour(t.accentSoft)},
      {QStringLiteral("onAccent"), cssColour(t.onAccent)},
      {QStringLiteral("ok"), cssColour(t.ok)},
      {QStringLiteral("warn"), cssColour(t.warn)},
      {QStringLiteral("error"), cssColour(t.error)},
      {QStringLiteral("gapSmall"), px(kGapSmall)},
      {QStringLiteral("gapLabel"), px(kGapLabel)},
      {QStringLiteral("gap"), px(kGap)},
      {QStringLiteral("gapWide"), px(kGapWide)},
      {QStringLiteral("panelPadding"), px(kPanelPadding)},
      {QStringLiteral("radiusSmall"), px(kRadiusSmall)},
      {QStringLiteral("radiusSegment"), px(kRadiusSegment)},
      {QStringLiteral("radiusField"), px(kRadiusField)},
      {QStringLiteral("radiusCard"), px(kRadiusCard)},
      {QStringLiteral("controlInner"), px(kControlHeight - 2 * kLine)},
      {QStringLiteral("cardPaddingX"), px(kCardPaddingX)},
      {QStringLiteral("promptPaddingX"), px(kPromptPaddingX - kGapSmall)},
      {QStringLiteral("promptPaddingY"), px(kPromptPaddingY - kGapSmall)},
      {QStringLiteral("generateHeight"), px(kGenerateHeight)},
      {QStringLiteral("segment"), px(kSegmentHeight)},
      {QStringLiteral("cellPadding"), px(kGap - kCellMargin)},
      {QStringLiteral("scrollBar"), px(kScrollBar)},
      {QStringLiteral("scrollRadius"), px((kScrollBar - kGapSmall) / 2)},
      {QStringLiteral("scrollMin"), px(kControlHeight)},
      {QStringLiteral("lineWidth"), px(kLine)},
      {QStringLiteral("tabLine"), px(2 * kLine)},
      {QStringLiteral("labelPx"), px(kLabelPx)},
      {QStringLiteral("textPx"), px(kTextPx)},
      {QStringLiteral("titlePx"), px(kTitlePx)},
      {QStringLiteral("actionPx"), px(kActionPx)},
      {QStringLiteral("icon"), px(kIconSize)},
      {QStringLiteral("groove"), px(kProgressHeight)},
      {QStringLiteral("grooveRadius"), px(kProgressHeight / 2)},
      {QStringLiteral("handle"), px(kRadiusSegment * 2)},
      {QStringLiteral("handleRadius"), px(kRadiusSegment)},
      {QStringLiteral("handleOut"), px(-kGapSmall)},
  };
}

}  // namespace

void initResources() {
  initWidgetResources();
  static const bool loaded = [] {
    for (const auto* file : {"KinoraSans-Regular.otf", "KinoraSans-Medium.otf", "KinoraSans-SemiBold.otf",
                             "JetBrainsMono-Regular.ttf", "JetBrainsMono-Medium.ttf"}) {
      if (QFontDatabase::addApplicationFont(QStringLiteral(":/kinora/fonts/") + QLatin1StringView(file)) < 0) {
        qWarning("font %s cannot be loaded; the system's font is used", file);
      }
    }
    return true;
  }();
  Q_UNUSED(loaded);
}

QString styleSheet(const Tokens& tokens) {
  QFile file(QStringLiteral(":/kinora/style/kinora.qss"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QString source = QString::fromUtf8(file.readAll());
  const QHash<QString, QString> names = cssNames(tokens);
  static const QRegularExpression name(QStringLiteral("@([A-Za-z0-9]+)"));
  QString out;
  out.reserve(source.size());
  qsizetype from = 0;
  for (auto it = name.globalMatch(source); it.hasNext();) {
    const auto match = it.next();
    out += QStringView(source).mid(from, match.capturedStart() - from);
    const auto found = names.constFind(match.captured(1));
    out += found == names.cend() ? match.captured(0) : *found;
    from = match.capturedEnd();
  }
  out += QStringView(source).mid(from);
  return out;
}

Theme::Theme(Mode mode, QObject* parent) : QObject(parent), m_mode(mode) {
  initResources();
  QApplication::setStyle(new KinoraStyle);
  qApp->installEventFilter(this);
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
  connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this, [this] { update(false); });
#endif
  new FocusRing(*this, this);
  update(true);
}

const Tokens& Theme::tokens() const {
  return m_dark ? darkTokens() : lightTokens();
}

void Theme::setMode(Mode mode) {
  m_mode = mode;
  update(false);
}

bool Theme::systemIsDark() const {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
  const auto scheme = QGuiApplication::styleHints()->colorScheme();
  if (scheme != Qt::ColorScheme::Unknown) return scheme == Qt::ColorScheme::Dark;
#endif
  // An empty palette resolves to the platform's own, for a moment without ours on top.
  const QPalette ours = QApplication::palette();
  QApplication::setPalette(QPalette());
  const QPalette system = QApplication::palette();
  QApplication::setPalette(ours);
  return system.color(QPalette::Window).lightness() < system.color(QPalette::WindowText).lightness();
}

void Theme::update(bool force) {
  if (m_applying) return;
  m_applying = true;
  const bool dark = m_mode == Mode::System ? systemIsDark() : m_mode == Mode::Dark;
  const bool differs = dark != m_dark || force;
  m_dark = dark;
  if (differs) apply();
  m_applying = false;
  if (differs) Q_EMIT changed();
}

void Theme::apply() {
  const QPalette palette = makePalette(tokens());
  QApplication::setPalette(palette);
  QApplication::setFont(uiFont());
  QToolTip::setPalette(palette);
  QToolTip::setFont(uiFont(kLabelPx));
  qApp->setStyleSheet(styleSheet(tokens()));
}

bool Theme::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::ThemeChange && m_mode == Mode::System && !m_applying) update(false);
  return QObject::eventFilter(watched, event);
}

}  // namespace kinora::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/side_panel.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QStackedWidget>
#include <QStyle>

#include "ui/widgets/card.h"

namespace kinora::window {
namespace {

constexpr int kUnderline = 2;
constexpr int kBadgeHeight = 16;

}  // namespace

/// One tab: title, badge, the accent line below the one that is open.
class SidePanel::Tab : public QAbstractButton {
 public:
  Tab(widgets::Theme& theme, QWidget* parent) : QAbstractButton(parent), m_theme(theme) {
    setCheckable(true);
    setFont(widgets::uiFont(widgets::kTextPx, QFont::Medium));
    setFocusPolicy(Qt::TabFocus);
    connect(&theme, &widgets::Theme::changed, this, qOverload<>(&QWidget::update));
  }

  void setBadge(int count) {
    m_badge = count;
    updateGeometry();
    update();
  }

  QSize sizeHint() const override {
    return {fontMetrics().horizontalAdvance(text()) + badgeSpace() + 2 * widgets::kCardPaddingX, widgets::kTabHeight};
  }
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void enterEvent(QEnterEvent* event) override {
    QAbstractButton::enterEvent(event);
    update();
  }
  void leaveEvent(QEvent* event) override {
    QAbstractButton::leaveEvent(event);
    update();
  }

  void paintEvent(QPaintEvent*) override {
    const widgets::Tokens& t = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(isChecked() || underMouse() ? t.text1 : t.text2);
    const QRect words = rect().adjusted(widgets::kCardPaddingX, 0, -widgets::kCardPaddingX, 0);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, text());
    if (m_badge > 0) {
      const QRect badge(words.right() - badgeWidth() + 1, (height() - kBadgeHeight) / 2, badgeWidth(), kBadgeHeight);
      painter.setPen(Qt::NoPen);
      painter.setBrush(t.accent);
      painter.drawRoundedRect(badge, kBadgeHeight / 2.0, kBadgeHeight / 2.0);
      painter.setPen(t.onAccent);
      painter.setFont(widgets::uiFont(widgets::kSmallPx, QFont::DemiBold));
      painter.drawText(badge, Qt::AlignCenter, QString::number(m_badge));
    }
    if (isChecked()) {
      painter.fillRect(QRect(words.left(), height() - kUnderline, words.width(), kUnderline), t.accent);
    }
  }

 private:
  int badgeWidth() const {
    const QFontMetrics metrics(widgets::uiFont(widgets::kSmallPx, QFont::DemiBold));
    return std::max(kBadgeHeight, metrics.horizontalAdvance(QString::number(m_badge)) + 2 * widgets::kGapSmall);
  }
  int badgeSpace() const { return m_badge > 0 ? badgeWidth() + widgets::kGapLabel : 0; }

  widgets::Theme& m_theme;
  int m_badge = 0;
};

SidePanel::SidePanel(widgets::Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
  m_tabs = new QButtonGroup(this);
  m_pages = new QStackedWidget(this);
  m_bar = new QHBoxLayout;
  m_bar->setContentsMargins(widgets::kGap, 0, widgets::kGap, 0);
  m_bar->setSpacing(0);
  m_bar->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(m_bar);
  layout->addWidget(widgets::makeSeparator(this));
  layout->addWidget(m_pages, 1);
  connect(m_tabs, &QButtonGroup::idClicked, m_pages, &QStackedWidget::setCurrentIndex);
}

int SidePanel::addPage(QWidget* page) {
  const int index = m_pages->addWidget(page);
  auto* added = new Tab(m_theme, this);
  m_tabs->addButton(added, index);
  m_bar->insertWidget(index, added);
  if (index == 0) added->setChecked(true);
  return index;
}

SidePanel::Tab* SidePanel::tab(int index) const {
  return static_cast<Tab*>(m_tabs->button(index));
}

void SidePanel::setTitle(int index, const QString& title) {
  tab(index)->setText(title);
  tab(index)->setAccessibleName(title);
  tab(index)->updateGeometry();
}

void SidePanel::setBadge(int index, int count) {
  tab(index)->setBadge(count);
}

int SidePanel::currentIndex() const {
  return m_pages->currentIndex();
}

void SidePanel::setCurrentIndex(int index) {
  tab(index)->setChecked(true);
  m_pages->setCurrentIndex(index);
}

}  // namespace kinora::window

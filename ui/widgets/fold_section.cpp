// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/fold_section.h"

#include <QAbstractButton>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

#include "ui/widgets/icons.h"

namespace kinora::widgets {

class FoldSection::Header : public QAbstractButton {
 public:
  Header(Theme& theme, QWidget* parent) : QAbstractButton(parent), m_theme(theme) {
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setProperty("focusRadius", kRadiusSegment);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
  }

  void setSummary(const QString& summary) {
    m_summary = summary;
    setAccessibleDescription(summary);
    update();
  }
  const QString& summary() const { return m_summary; }

  QSize sizeHint() const override {
    return {kIconSize + kGap + fontMetrics().horizontalAdvance(text()) + kGap, kTextLine + kGapSmall};
  }
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent*) override {
    const Tokens& t = m_theme.tokens();
    QPainter painter(this);
    const QColor colour = !isEnabled() ? t.text3 : underMouse() ? t.text1 : t.text2;
    painter.drawPixmap(0, (height() - kIconSize) / 2,
                       iconPixmap(m_theme, isChecked() ? "dn" : "rt", colour, kIconSize, devicePixelRatioF()));
    QRect area = rect().adjusted(kIconSize + kGap, 0, 0, 0);
    painter.setPen(colour);
    painter.setFont(font());
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, text());
    if (isChecked() || m_summary.isEmpty()) return;
    area.setLeft(area.left() + fontMetrics().horizontalAdvance(text()) + kGapWide);
    const QFont small = uiFont(kLabelPx);
    painter.setFont(small);
    painter.setPen(t.text3);
    painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter,
                     QFontMetrics(small, this).elidedText(m_summary, Qt::ElideRight, area.width()));
  }

 private:
  Theme& m_theme;
  QString m_summary;
};

FoldSection::FoldSection(Theme& theme, QWidget* parent)
    : QWidget(parent), m_header(new Header(theme, this)), m_head(new QHBoxLayout) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(kGap);
  m_head->setSpacing(kGap);
  m_head->addWidget(m_header, 1);
  layout->addLayout(m_head);
  setFocusProxy(m_header);
  connect(m_header, &QAbstractButton::toggled, this, &FoldSection::setExpanded);
}

void FoldSection::setTitle(const QString& title) {
  m_header->setText(title);
  m_header->updateGeometry();
  m_header->setAccessibleName(title);
}

QString FoldSection::title() const {
  return m_header->text();
}

void FoldSection::setSummary(const QString& summary) {
  m_header->setSummary(summary);
  m_header->setToolTip(summary);
}

QString FoldSection::summary() const {
  return m_header->summary();
}

void FoldSection::setContent(QWidget* content) {
  delete m_content;
  m_content = content;
  layout()->addWidget(content);
  content->setVisible(m_expanded);
}

void FoldSection::setCorner(QWidget* corner) {
  m_corner = corner;
  m_head->addWidget(corner);
  corner->setVisible(m_expanded);
}

void FoldSection::setExpanded(bool expanded) {
  if (expanded == m_expanded) return;
  m_expanded = expanded;
  m_header->setChecked(expanded);
  if (m_content) m_content->setVisible(expanded);
  if (m_corner) m_corner->setVisible(expanded);
  Q_EMIT expandedChanged(expanded);
}

}  // namespace kinora::widgets

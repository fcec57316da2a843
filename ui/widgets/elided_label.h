// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace kinora::widgets {

/// One line of user content, cut with … where it does not fit; then the whole text is the tooltip. Other tooltips are
/// not kept.
class ElidedLabel : public QLabel {
  Q_OBJECT

 public:
  explicit ElidedLabel(QWidget* parent = nullptr);

  void setFullText(const QString& text);
  const QString& fullText() const { return m_text; }
  void setElideMode(Qt::TextElideMode mode);
  bool isElided() const { return text() != m_text; }
  QSize minimumSizeHint() const override;
  QSize sizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void elide();
  QString m_text;
  Qt::TextElideMode m_mode = Qt::ElideRight;
};

}  // namespace kinora::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/widgets/theme.h"

class QHBoxLayout;

namespace kinora::widgets {

/// A heading that opens and closes what is below it: chevron, title, and a summary on the right that says what is set
/// while it is closed.
class FoldSection : public QWidget {
  Q_OBJECT

 public:
  explicit FoldSection(Theme& theme, QWidget* parent = nullptr);

  void setTitle(const QString& title);
  QString title() const;
  void setSummary(const QString& summary);
  QString summary() const;
  /// Takes ownership.
  void setContent(QWidget* content);
  /// Controls of the content, on the right of the heading while it is open; set once. Takes ownership.
  void setCorner(QWidget* corner);
  bool isExpanded() const { return m_expanded; }
  void setExpanded(bool expanded);

 Q_SIGNALS:
  void expandedChanged(bool expanded);

 private:
  class Header;
  Header* m_header;
  QHBoxLayout* m_head;
  QWidget* m_corner = nullptr;
  QWidget* m_content = nullptr;
  bool m_expanded = false;
};

}  // namespace kinora::widgets

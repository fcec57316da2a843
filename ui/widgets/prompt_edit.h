// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMimeData>
#include <QTextEdit>

namespace kinora::widgets {

/// Plain text with a limit in characters (Unicode code points). Text over the limit stays and is counted as too long:
/// nothing the user typed is thrown away. Tab leaves the field. Files and pictures are not for it: a drop goes on to
/// the parent, a paste is handed out.
class PromptEdit : public QTextEdit {
  Q_OBJECT

 public:
  explicit PromptEdit(QWidget* parent = nullptr);

  void setLimit(int characters);
  int limit() const { return m_limit; }
  int count() const { return m_count; }
  bool isTooLong() const { return m_count > m_limit; }
  /// "58 / 2500"
  QString counterText() const;

 Q_SIGNALS:
  void countChanged(int count, int limit);
  /// Ctrl+V of something that is not text.
  void foreignPasted(const QMimeData* data);

 protected:
  bool canInsertFromMimeData(const QMimeData* source) const override;
  void insertFromMimeData(const QMimeData* source) override;

 private:
  void spaceLines();
  void recount();
  int m_limit = 2500;
  int m_count = 0;
};

}  // namespace kinora::widgets

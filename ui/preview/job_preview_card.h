// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QImage>
#include <QString>

#include "ui/widgets/theme.h"

namespace kinora::session {
class EngineClient;
}
namespace kinora::widgets {
class ElidedLabel;
class IconButton;
class ProgressLine;
}  // namespace kinora::widgets

namespace kinora::preview {

/// The half-finished clip of the running job, as a small picture in the lower right corner of the monitor, so that it
/// moves while the timeline plays. Shows itself with a job's first picture and goes with the job, or when closed.
class JobPreviewCard : public QFrame {
  Q_OBJECT

 public:
  JobPreviewCard(widgets::Theme& theme, session::EngineClient& client, QWidget* parent);

  const QImage& picture() const { return m_picture; }
  void retranslate();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void showPicture(const QString& id, const QImage& picture);
  void showProgress(const QString& id);
  void end(const QString& id);
  void place();
  QRect pictureRect() const;

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  widgets::ElidedLabel* m_label;
  widgets::IconButton* m_close;
  widgets::ProgressLine* m_line;
  QImage m_picture;
  QString m_job;
  QString m_closed;  ///< the job whose preview the user does not want to see
};

}  // namespace kinora::preview

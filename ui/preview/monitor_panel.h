// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QPointer>
#include <QWidget>
#include <functional>

#include "engine/core/result.h"
#include "ui/preview/picture_view.h"

class QAbstractButton;
class QMimeData;
class QToolButton;

namespace kinora::session {
class EngineClient;
class PlaybackController;
}  // namespace kinora::session
namespace kinora::widgets {
class IconButton;
}

namespace kinora::preview {

class FullScreenView;
class JobPreviewCard;
class TransportBar;

/// The monitor: Program (the timeline) or Source (one file), the picture, the transport. Plays through the controller
/// and knows nothing of the timeline panel. Installs no shortcuts: the window's actions call the slots and the
/// controller.
class MonitorPanel : public QWidget {
  Q_OBJECT

 public:
  MonitorPanel(widgets::Theme& theme, session::EngineClient& client, session::PlaybackController& playback,
               QWidget* parent = nullptr);
  ~MonitorPanel() override;

  PictureView& view() const { return *m_view; }
  JobPreviewCard& jobPreview() const { return *m_job; }
  /// Where grabbed frames are written; by default the client's clip folder.
  void setGrabFolder(const QString& folder) { m_grabFolder = folder; }
  bool isFullScreen() const { return !m_full.isNull(); }

  /// Runs a drag; tests replace it, since a real one needs a pointer.
  std::function<void(QMimeData*, const QPixmap&)> startDrag;

 public Q_SLOTS:
  /// Writes the present frame as PNG, in full size; frameGrabbed follows.
  void grabFrame();
  /// The same; useAsStart follows.
  void useFrameAsStart();
  void toggleFullScreen();
  void setScale(kinora::preview::PictureView::Scale scale);

 Q_SIGNALS:
  void frameGrabbed(const QString& file);
  void useAsStart(const QString& file);
  void failed(const kinora::core::Error& error);

 protected:
  void changeEvent(QEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  void retranslate();
  QWidget* buildBar();
  void showMode();
  void showFrameSize();
  void updateRenderSize();
  void writeFrame(std::function<void(const QString&)> done);
  void dragFrame();
  QString freshGrabPath() const;

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  session::PlaybackController& m_playback;
  PictureView* m_view;
  JobPreviewCard* m_job;
  TransportBar* m_transport;
  QAbstractButton* m_program = nullptr;
  QAbstractButton* m_source = nullptr;
  QToolButton* m_scaleButton = nullptr;
  widgets::IconButton* m_fullButton = nullptr;
  QPointer<FullScreenView> m_full;
  QString m_grabFolder;
};

}  // namespace kinora::preview

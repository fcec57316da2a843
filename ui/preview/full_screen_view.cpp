// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/full_screen_view.h"

#include <QKeyEvent>
#include <QVBoxLayout>

#include "ui/preview/picture_view.h"
#include "ui/session/playback.h"
#include "ui/session/timecode.h"

namespace kinora::preview {

FullScreenView::FullScreenView(widgets::Theme& theme, session::PlaybackController& playback, QWidget* parent)
    : QWidget(parent, Qt::Window), m_playback(playback), m_view(new PictureView(theme, this)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("Monitor"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_view);
  m_view->setPadding(0);
  m_view->setImage(m_playback.shownImage());
  const core::Size size = m_playback.frameSize();
  m_view->setFrameSize({size.width, size.height});
  connect(&m_playback, &session::PlaybackController::frameReady, m_view, &PictureView::setImage);
  connect(m_view, &PictureView::doubleClicked, this, &QWidget::close);
}

void FullScreenView::closeEvent(QCloseEvent* event) {
  QWidget::closeEvent(event);
  Q_EMIT closed();
}

void FullScreenView::keyPressEvent(QKeyEvent* event) {
  const qint64 step = event->modifiers().testFlag(Qt::ShiftModifier) ? session::nominalRate(m_playback.fps()) : 1;
  switch (event->key()) {
    case Qt::Key_Escape:
    case Qt::Key_F11:
      close();
      return;
    case Qt::Key_Space:
      m_playback.togglePlay();
      return;
    case Qt::Key_J:
      m_playback.shuttle(-1);
      return;
    case Qt::Key_K:
      m_playback.shuttle(0);
      return;
    case Qt::Key_L:
      m_playback.shuttle(1);
      return;
    case Qt::Key_Left:
      m_playback.step(-step);
      return;
    case Qt::Key_Right:
      m_playback.step(step);
      return;
    case Qt::Key_Home:
      m_playback.goToStart();
      return;
    case Qt::Key_End:
      m_playback.goToEnd();
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace kinora::preview

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/drop_router.h"

#include <QDropEvent>
#include <QFileInfo>
#include <QImage>
#include <QLabel>
#include <QMimeData>

#include "ui/session/dropped_files.h"
#include "ui/timeline/timeline_edits.h"
#include "ui/widgets/card.h"
#include "ui/widgets/picture_slot.h"

namespace kinora::window {
namespace {

const QStringList& mediaSuffixes() {
  static const QStringList suffixes =
      widgets::videoSuffixes() + QStringList{QStringLiteral("wav"), QStringLiteral("mp3"), QStringLiteral("flac"),
                                             QStringLiteral("ogg"), QStringLiteral("m4a"), QStringLiteral("aac"),
                                             QStringLiteral("opus")};
  return suffixes;
}

}  // namespace

DropKind dropKind(const QString& path) {
  const QString suffix = QFileInfo(path).suffix().toLower();
  if (session::isProjectFile(path)) return DropKind::Project;
  if (widgets::pictureSuffixes().contains(suffix)) return DropKind::Picture;
  if (mediaSuffixes().contains(suffix)) return DropKind::Media;
  switch (session::weightKind(path)) {
    case session::WeightKind::Lora:
      return DropKind::Lora;
    case session::WeightKind::Model:
      return DropKind::Model;
    case session::WeightKind::None:
      break;
  }
  return DropKind::Other;
}

DropRouter::DropRouter(QWidget* window) : QObject(window), m_window(window) {
  window->setAcceptDrops(true);
  window->installEventFilter(this);
  m_hint = widgets::makeLabel(widgets::Role::Text, window);
  m_hint->setAttribute(Qt::WA_TransparentForMouseEvents);
  m_hint->setMargin(widgets::kPromptPaddingX);
  widgets::setStyleProperty(m_hint, "dropHint", true);
  m_hint->hide();
}

QString DropRouter::promise(const QMimeData& mime) const {
  const QStringList files = session::localFiles(mime);
  if (files.isEmpty()) return mime.hasImage() ? tr("Use as start frame") : QString();
  switch (dropKind(files.front())) {
    case DropKind::Project:
      return tr("Open the project");
    case DropKind::Picture:
      return tr("Use as start frame");
    case DropKind::Media:
      return tr("Import into the library");
    case DropKind::Lora:
      return tr("Use as LoRA");
    case DropKind::Model:
      return tr("Add as a model, used where it lies");
    case DropKind::Other:
      break;
  }
  return tr("Kinora does not know this kind of file");
}

void DropRouter::route(const QStringList& paths) {
  QStringList pictures;
  QStringList media;
  QStringList loras;
  QStringList models;
  QStringList others;
  for (const QString& path : paths) {
    switch (dropKind(path)) {
      case DropKind::Project:
        Q_EMIT projectDropped(path);
        return;
      case DropKind::Picture:
        pictures << path;
        break;
      case DropKind::Media:
        media << path;
        break;
      case DropKind::Lora:
        loras << path;
        break;
      case DropKind::Model:
        models << path;
        break;
      case DropKind::Other:
        others << path;
        break;
    }
  }
  if (!pictures.isEmpty()) Q_EMIT picturesDropped(pictures);
  if (!media.isEmpty()) Q_EMIT mediaDropped(media);
  if (!loras.isEmpty()) Q_EMIT lorasDropped(loras);
  if (!models.isEmpty()) Q_EMIT modelsDropped(models);
  for (const QString& file : others) Q_EMIT notKnown(file);
}

bool DropRouter::take(const QMimeData& mime) {
  const QStringList files = session::localFiles(mime);
  if (!files.isEmpty()) {
    route(files);
    return true;
  }
  const QImage image = widgets::pictureImage(mime);
  if (!image.isNull()) Q_EMIT imageDropped(image);
  return !image.isNull();
}

bool DropRouter::eventFilter(QObject* watched, QEvent* event) {
  if (watched != m_window) return false;
  switch (event->type()) {
    case QEvent::DragEnter: {
      auto* drag = static_cast<QDragEnterEvent*>(event);
      // The library's own takes have their places; the window at large is none.
      if (drag->mimeData()->hasFormat(QLatin1String(timeline::kAssetMime))) return false;
      const QString words = promise(*drag->mimeData());
      if (words.isEmpty()) return false;
      m_hint->setText(words);
      m_hint->adjustSize();
      m_hint->move((m_window->width() - m_hint->width()) / 2, (m_window->height() - m_hint->height()) / 2);
      m_hint->show();
      m_hint->raise();
      drag->acceptProposedAction();
      return true;
    }
    case QEvent::DragMove:
      static_cast<QDragMoveEvent*>(event)->acceptProposedAction();
      return true;
    case QEvent::DragLeave:
      m_hint->hide();
      return true;
    case QEvent::Drop: {
      m_hint->hide();
      auto* drop = static_cast<QDropEvent*>(event);
      if (take(*drop->mimeData())) drop->acceptProposedAction();
      return true;
    }
    default:
      return false;
  }
}

}  // namespace kinora::window

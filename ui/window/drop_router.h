// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>

class QLabel;
class QMimeData;
class QWidget;

namespace kinora::window {

/// Weights are told by their header, all else by its name; a folder is taken for a model.
enum class DropKind { Project, Picture, Media, Lora, Model, Other };
DropKind dropKind(const QString& path);

/// Takes what is dropped on the window where no panel takes it, and says during the drag what will happen: a picture
/// becomes the start frame, video and sound go to the library, a LoRA to the form, a model to the models, a project is
/// opened. UI thread.
class DropRouter : public QObject {
  Q_OBJECT

 public:
  explicit DropRouter(QWidget* window);

  /// Gives each file its way; also for files named at the start.
  void route(const QStringList& paths);

 Q_SIGNALS:
  void projectDropped(const QString& file);
  void picturesDropped(const QStringList& files);
  void imageDropped(const QImage& image);
  void mediaDropped(const QStringList& files);
  void lorasDropped(const QStringList& files);
  void modelsDropped(const QStringList& paths);
  void notKnown(const QString& file);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QString promise(const QMimeData& mime) const;
  bool take(const QMimeData& mime);

  QWidget* m_window;
  QLabel* m_hint;
};

}  // namespace kinora::window

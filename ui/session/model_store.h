// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/core/result.h"
#include "engine/models/model_catalogue.h"
#include "engine/models/model_download.h"
#include "engine/models/public_models.h"
#include "engine/models/removal.h"

namespace kinora::session {

/// One model as the panel shows it.
struct ModelRow {
  enum class State {
    Installed,
    Broken,      ///< installed, cannot be used: see problem
    Available,   ///< can be downloaded
    Unfinished,  ///< a part of it has come
    Downloading,
    Checking,  ///< a downloaded file is being hashed
    Verifying,
    Deleting,
  };
  QString id;
  QString name;
  QString licence;
  QString page;     ///< where its authors describe it; empty: not known
  QString problem;  ///< why it cannot be used
  State state = State::Installed;
  bool textToVideo = false;
  bool imageToVideo = false;
  bool endFrame = false;
  bool control = false;  ///< control video, mask, reference pictures
  core::Size size;
  int memoryGiB = 0;         ///< 0: not known
  bool isInstalled = false;  ///< else it can be downloaded
  quint64 bytes = 0;         ///< on the disk; of one that is not installed: to be fetched, rounded
  bool isAtLeast = false;    ///< bytes is not all of them: some sizes are not published
  bool isInPlace = false;    ///< its files lie elsewhere and stay there when it is removed
  bool isRemovable = false;  ///< Kinora downloaded or added it
  quint64 doneBytes = 0;     ///< of the work under way, or of an unfinished download
  quint64 totalBytes = 0;
  quint64 bytesPerSecond = 0;  ///< 0: not known yet

  bool isBusy() const { return state >= State::Downloading; }
};

/// What a verification found.
struct ModelCheck {
  int files = 0;
  int wrong = 0;      ///< changed or missing
  int published = 0;  ///< the publisher's bytes
  int unchanged = 0;  ///< as they came, publisher's hash not known
};

/// Models and what may be done with them: the bridge from the window to engine/models. Everything is called on the UI
/// thread and every signal arrives there; the work runs on threads of its own, one a model. The network is touched by
/// download() alone.
class ModelStore : public QObject {
  Q_OBJECT

 public:
  /// catalogue is scanned again after each change; root is where downloaded and added models go.
  ModelStore(models::ModelCatalogue catalogue, models::PublicModels published, QString root, QObject* parent = nullptr);
  /// Stops all work and waits for it; downloads go on another time.
  ~ModelStore() override;

  /// Installed models in the catalogue's order, then what can be downloaded.
  std::vector<ModelRow> rows() const;
  /// One of them; nothing for an unknown id.
  std::optional<ModelRow> row(const QString& id) const;
  /// Where downloaded and added models go, and what is free there.
  const QString& root() const;
  quint64 freeBytes() const;

  /// Fetches a public model or goes on with it.
  void download(const QString& id);
  void verify(const QString& id);
  /// Ends the work on a model; what a download has fetched stays.
  void cancel(const QString& id);
  /// Deletes an unfinished download.
  void discard(const QString& id);
  /// Makes a model of a folder that holds a whole one, used where it lies.
  void add(const QStringList& paths);
  /// What removing it would do, to be shown before remove().
  core::Result<models::Removal> removal(const QString& id) const;
  void remove(const QString& id);

 Q_SIGNALS:
  void changed();                      ///< rows() is different
  void progressed(const QString& id);  ///< doneBytes of one row
  void catalogueChanged();             ///< models came or went
  void downloaded(const QString& name);
  void added(const QString& id, const QStringList& notes);
  void verified(const QString& id, const kinora::session::ModelCheck& check);
  void removed(const QString& name);
  /// id: a row's, or of no row where it was add().
  void failed(const QString& id, const kinora::core::Error& error);

 private:
  struct Impl;
  /// What to tell once a piece of work has succeeded; runs on the UI thread.
  using Tell = std::function<void()>;
  /// Runs job on a thread of its own, looks at the disk again there, and then tells; not while id is busy.
  void start(const QString& id, ModelRow::State state, std::function<core::Result<Tell>(std::stop_token)> job);
  void end(const QString& id, const core::Result<Tell>& result, bool catalogueIsOther);
  void report(const QString& id, ModelRow::State state, quint64 done, quint64 total, quint64 rate);
  void post(std::function<void()> call);

  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::session

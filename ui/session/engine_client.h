// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/core/job.h"
#include "engine/core/media_service.h"
#include "engine/core/model_memory.h"
#include "engine/core/plan.h"
#include "engine/credits/editions.h"
#include "engine/jobs/job_queue.h"
#include "engine/models/model_catalogue.h"
#include "engine/render/exporter.h"
#include "engine/store/store.h"

namespace kinora::session {

/// RGB888 image that shares the frame's pixels.
QImage toImage(const core::Frame& frame);
core::Frame toFrame(const QImage& image);

/// The one bridge between the UI thread and the engine's threads. Everything here is called on the UI thread and every
/// signal and callback arrives there; worker events are re-posted through the event loop.
class EngineClient : public QObject {
  Q_OBJECT

 public:
  enum class EngineState { Loading, Ready, Failed };

  /// What app/ hands over; all outlive the client.
  struct Services {
    store::Store* store = nullptr;
    core::MediaService* media = nullptr;
    core::ModelMemory* memory = nullptr;  ///< null: nothing is known of it
    const credits::EditionCatalogue* editions = nullptr;
    const models::ModelCatalogue* models = nullptr;
    std::vector<render::ExportPreset> presets;
    QString clipFolder;      ///< where new takes of an unsaved project are written
    std::string jobsFolder;  ///< where generations keep their steps (jobs::JobFolders); empty: nothing can be resumed
  };
  explicit EngineClient(Services services, QObject* parent = nullptr);
  ~EngineClient() override;

  /// Thread-safe, and harmless after the client has gone; give it to the JobQueue.
  jobs::JobQueue::Listener listener();
  /// Not owned. Set before the first submit; null before the queue dies, since events it sent may still wait in the
  /// event loop: they then leave the list as it was.
  void setQueue(jobs::JobQueue* queue);
  /// Waits for the media calls under way and drops their answers; called by the destructor.
  void stop();

  // Jobs
  core::Result<core::JobId> submit(const core::JobSpec& spec, bool atFront = false);
  void cancel(const core::JobId& id);
  void move(const core::JobId& id, const core::JobId& before);
  /// What the forgotten jobs left to go on with goes too.
  void clearFinished();
  /// Whether an ended job can go on at its last finished step: submit its spec with JobSpec::resumes.
  bool canResume(const core::JobId& id) const;
  /// Deletes what an ended job left to go on with; the job stays in the list.
  void discardSteps(const core::JobId& id);
  void setPaused(bool paused);
  bool isPaused() const;
  /// Before the program ends: what runs goes back to the front of the queue, reserve kept, and runs at the next start.
  void suspend();
  /// Snapshot, in the queue's order: queued, running, then the last hundred that ended, newest first.
  const std::vector<core::JobRecord>& jobs() const;
  const core::JobRecord* job(const core::JobId& id) const;
  std::optional<core::Progress> progress(const core::JobId& id) const;
  bool isBusy() const;

  // Catalogues and credits
  const credits::EditionCatalogue& editions() const;
  const models::ModelCatalogue& models() const;
  const std::vector<render::ExportPreset>& presets() const;
  const QString& clipFolder() const;
  store::Balance balance() const;
  std::vector<store::LedgerEntry> ledger() const;
  /// Expected seconds for a plan on this machine: from the last measured run of its model, before that from what was
  /// guessed of the machine; < 0: not known.
  double expectedSeconds(const core::Plan& plan) const;
  /// A grant (settings, tests); balanceChanged follows.
  core::Result<void> grant(std::int64_t credits, const QString& note);

  // What stays in memory between jobs
  const core::ResidentModel& resident() const { return m_resident; }
  bool keepsModels() const;
  /// false: what is in memory is freed now, if no job runs or is about to, and after each job from now on.
  void setKeepsModels(bool keeps);
  /// Frees what is in memory, in the background; nothing while isBusy(). residentChanged follows.
  void unloadModels();
  /// Asks anew what is in memory; done by itself when a job ends.
  void refreshResident();

  // Media, off the UI thread; callback runs on the UI thread, unless context has gone. frameAt has a thread of its own,
  // so that a hundred thumbnails never hold up an import.
  void probe(const QString& path, QObject* context, std::function<void(core::Result<core::ClipInfo>)> callback);
  void picture(const QString& path, int maxSide, QObject* context,
               std::function<void(core::Result<core::Frame>)> callback);
  void frameAt(const QString& path, qint64 index, int maxSide, QObject* context,
               std::function<void(core::Result<core::Frame>)> callback);
  void writePng(const QString& path, const core::Frame& frame, QObject* context,
                std::function<void(core::Result<void>)> callback);

  // The inference library, loaded in the background by app/.
  EngineState engineState() const { return m_engineState; }
  const QString& engineText() const { return m_engineText; }  ///< "CPU · 2 threads · f32" or why it failed
  void setEngineState(EngineState state, const QString& text);
  /// What a generation comes to here, in TFLOP per second, until one was measured; expectationsChanged follows.
  void setMachineTflops(double tflops);

 Q_SIGNALS:
  void jobsChanged();
  void jobProgress(const QString& id, const kinora::core::Progress& progress);
  void jobPreview(const QString& id, const QImage& picture);
  void jobFinished(const QString& id);
  void jobFailed(const QString& id, const kinora::core::Error& error);
  void jobCancelled(const QString& id);
  void balanceChanged();
  void engineStateChanged();
  void residentChanged();
  void expectationsChanged();

 private:
  void receive(const core::JobEvent& event);
  void refresh();
  void takeSnapshot();
  void noteRate(const core::JobId& id);

  struct Impl;
  std::unique_ptr<Impl> m_impl;
  EngineState m_engineState = EngineState::Loading;
  QString m_engineText;
  core::ResidentModel m_resident;
};

/// Sentence for a user: what, why, what to do. The only place that turns codes into words.
QString errorText(const core::Error& error);
/// Short form for a job's card: "Out of memory in decode · credits returned"; creditsReturned false: a job that cost
/// none.
QString errorHeadline(const core::Error& error, bool creditsReturned = true);
/// Sentence beside a form field. A key that is not known gives the fault's English message.
QString faultText(const core::Fault& fault);

}  // namespace kinora::session

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/model_store.h"

#include <QElapsedTimer>
#include <QStorageInfo>
#include <algorithm>
#include <map>
#include <thread>

#include "engine/models/assemble.h"
#include "engine/models/verify.h"

namespace kinora::session {
namespace {

constexpr qint64 kReportMs = 100;

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

ModelRow rowOf(const core::ModelInfo& model) {
  ModelRow row;
  row.id = text(model.id);
  row.name = text(model.name);
  row.licence = text(model.licence);
  row.problem = text(model.problem);
  row.isInstalled = true;
  row.isInPlace = !model.registered.empty();
  row.state = model.problem.empty() ? ModelRow::State::Installed : ModelRow::State::Broken;
  row.textToVideo = model.textToVideo;
  row.imageToVideo = model.imageToVideo;
  row.endFrame = model.endFrame;
  row.control = model.control;
  row.size = model.nativeSize;
  row.bytes = model.bytes;
  return row;
}

ModelRow rowOf(const models::PublicModel& model) {
  ModelRow row;
  row.id = text(model.id);
  row.name = text(model.name);
  row.licence = text(model.licence);
  row.page = text(model.page);
  row.state = ModelRow::State::Available;
  row.textToVideo = model.textToVideo;
  row.imageToVideo = model.imageToVideo;
  row.endFrame = model.endFrame;
  row.control = model.control;
  row.size = model.size;
  row.memoryGiB = model.memoryGiB;
  row.bytes = model.aboutBytes();
  row.isAtLeast = !model.isWhole();
  return row;
}

ModelCheck summary(const std::vector<models::FileCheck>& files) {
  using Verdict = models::FileCheck::Verdict;
  ModelCheck check;
  for (const models::FileCheck& file : files) {
    ++check.files;
    check.wrong += file.verdict == Verdict::Changed || file.verdict == Verdict::Missing ? 1 : 0;
    check.published += file.verdict == Verdict::Published ? 1 : 0;
    check.unchanged += file.verdict == Verdict::Unchanged ? 1 : 0;
  }
  return check;
}

/// When to report, and how fast it goes.
class Pace {
 public:
  bool isDue(quint64 done) {
    if (!m_start.isValid()) {
      m_start.start();
      m_first = done;
    } else if (m_last.elapsed() < kReportMs) {
      return false;
    }
    m_last.start();
    return true;
  }
  /// Bytes a second since the first report; 0 until that says something.
  quint64 rate(quint64 done) const {
    const qint64 elapsed = m_start.elapsed();
    return elapsed > 1000 ? (done - std::min(m_first, done)) * 1000 / static_cast<quint64>(elapsed) : 0;
  }

 private:
  QElapsedTimer m_start;
  QElapsedTimer m_last;
  quint64 m_first = 0;
};

}  // namespace

struct ModelStore::Impl {
  /// Something that runs for one model. Its thread writes nothing here: it posts.
  struct Work {
    ModelRow::State state;
    quint64 doneBytes = 0;
    quint64 totalBytes = 0;
    quint64 bytesPerSecond = 0;
    std::jthread thread;
  };

  models::ModelCatalogue catalogue;
  models::PublicModels published;
  QString root;
  std::map<QString, Work> works;
  std::optional<std::vector<ModelRow>> resting;  ///< rows without the work under way, as the disk was last seen

  Work* find(const QString& id) {
    const auto it = works.find(id);
    return it == works.end() ? nullptr : &it->second;
  }
  const std::vector<ModelRow>& look();
};

const std::vector<ModelRow>& ModelStore::Impl::look() {
  if (resting) return *resting;
  std::vector<ModelRow>& rows = resting.emplace();
  const std::string folder = root.toStdString();
  for (const core::ModelInfo& model : catalogue.models()) {
    rows.push_back(rowOf(model));
    rows.back().isRemovable = models::planRemoval(model, catalogue, folder).ok();
  }
  const auto unfinished = models::unfinishedDownloads(folder);
  for (const models::PublicModel& model : published.models()) {
    if (catalogue.find(model.id)) continue;
    ModelRow row = rowOf(model);
    for (const models::UnfinishedDownload& one : unfinished) {
      if (one.id != model.id) continue;
      row.state = ModelRow::State::Unfinished;
      row.doneBytes = one.bytes;
      row.totalBytes = std::max<quint64>(row.bytes, one.bytes);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

ModelStore::ModelStore(models::ModelCatalogue catalogue, models::PublicModels published, QString root, QObject* parent)
    : QObject(parent), m_impl(std::make_unique<Impl>()) {
  m_impl->catalogue = std::move(catalogue);
  m_impl->published = std::move(published);
  m_impl->root = std::move(root);
}

ModelStore::~ModelStore() {
  for (auto& [id, work] : m_impl->works) work.thread.request_stop();
  m_impl->works.clear();  // joins
}

std::vector<ModelRow> ModelStore::rows() const {
  std::vector<ModelRow> rows = m_impl->look();
  for (ModelRow& row : rows) {
    const Impl::Work* work = m_impl->find(row.id);
    if (!work) continue;
    row.state = work->state;
    // Until the first report a download that goes on stands where it was left.
    if (work->totalBytes > 0) {
      row.doneBytes = work->doneBytes;
      row.totalBytes = work->totalBytes;
    } else if (row.totalBytes == 0) {
      row.totalBytes = row.bytes;
    }
    row.bytesPerSecond = work->bytesPerSecond;
  }
  return rows;
}

std::optional<ModelRow> ModelStore::row(const QString& id) const {
  for (ModelRow& row : rows()) {
    if (row.id == id) return std::move(row);
  }
  return {};
}

const QString& ModelStore::root() const {
  return m_impl->root;
}

quint64 ModelStore::freeBytes() const {
  QStorageInfo storage(m_impl->root);
  // The folder is made by the first download: before that, look at what it will lie in.
  if (!storage.isValid()) storage.setPath(m_impl->root.section(u'/', 0, -2));
  return storage.isValid() ? static_cast<quint64>(std::max<qint64>(0, storage.bytesAvailable())) : 0;
}

void ModelStore::post(std::function<void()> call) {
  QMetaObject::invokeMethod(this, std::move(call), Qt::QueuedConnection);
}

void ModelStore::start(const QString& id, ModelRow::State state,
                       std::function<core::Result<Tell>(std::stop_token)> job) {
  if (m_impl->find(id)) return;
  Impl::Work& work = m_impl->works[id];
  work.state = state;
  work.thread =
      std::jthread([this, id, job = std::move(job), catalogue = m_impl->catalogue](std::stop_token stop) mutable {
        core::Result<Tell> result = core::Error{core::ErrorCode::Internal, "no answer", {}};
        bool other = false;
        try {
          result = job(stop);
          other = catalogue.rescan();
        } catch (const std::exception& e) {
          result = core::Error{core::ErrorCode::Internal, e.what(), {}};
        }
        post([this, id, result, other] { end(id, result, other); });
      });
  Q_EMIT changed();
}

void ModelStore::end(const QString& id, const core::Result<Tell>& result, bool catalogueIsOther) {
  m_impl->works.erase(id);
  m_impl->resting.reset();
  if (catalogueIsOther) Q_EMIT catalogueChanged();
  Q_EMIT changed();
  if (result) {
    (*result)();
  } else if (result.error().code != core::ErrorCode::Cancelled) {
    Q_EMIT failed(id, result.error());
  }
}

void ModelStore::report(const QString& id, ModelRow::State state, quint64 done, quint64 total, quint64 rate) {
  post([=, this] {
    Impl::Work* work = m_impl->find(id);
    if (!work) return;
    work->state = state;
    work->doneBytes = done;
    work->totalBytes = total;
    work->bytesPerSecond = rate;
    Q_EMIT progressed(id);
  });
}

void ModelStore::download(const QString& id) {
  const models::PublicModel* model = m_impl->published.find(id.toStdString());
  if (!model) return;
  models::ModelDownload download;
  download.model = *model;
  download.root = m_impl->root.toStdString();
  start(id, ModelRow::State::Downloading, [this, id, download](std::stop_token stop) mutable -> core::Result<Tell> {
    Pace pace;
    download.progress = [&](const models::DownloadProgress& p) {
      if (!pace.isDue(p.doneBytes)) return;
      report(id, p.checking ? ModelRow::State::Checking : ModelRow::State::Downloading, p.doneBytes, p.totalBytes,
             pace.rate(p.doneBytes));
    };
    const auto folder = models::downloadModel(download, stop);
    if (!folder) return folder.error();
    return Tell([this, name = text(download.model.name)] { Q_EMIT downloaded(name); });
  });
}

void ModelStore::verify(const QString& id) {
  const core::ModelInfo* model = m_impl->catalogue.find(id.toStdString());
  if (!model) return;
  start(id, ModelRow::State::Verifying, [this, id, model = *model](std::stop_token stop) -> core::Result<Tell> {
    Pace pace;
    const auto progress = [&](std::uint64_t done, std::uint64_t total) {
      if (pace.isDue(done)) report(id, ModelRow::State::Verifying, done, total, pace.rate(done));
    };
    const auto files = models::verifyModel(model, progress, stop);
    if (!files) return files.error();
    return Tell([this, id, check = summary(*files)] { Q_EMIT verified(id, check); });
  });
}

void ModelStore::cancel(const QString& id) {
  if (Impl::Work* work = m_impl->find(id)) work->thread.request_stop();
}

void ModelStore::discard(const QString& id) {
  start(id, ModelRow::State::Deleting, [id, root = m_impl->root.toStdString()](std::stop_token) -> core::Result<Tell> {
    if (auto gone = models::discardDownload(root, id.toStdString()); !gone) return gone.error();
    return Tell([] {});
  });
}

void ModelStore::add(const QStringList& paths) {
  models::AddRequest request;
  for (const QString& path : paths) request.paths.push_back(path.toStdString());
  // Its id is not known yet: the work goes by the paths.
  start(paths.join(u'\n'), ModelRow::State::Verifying,
        [this, request, catalogue = m_impl->catalogue,
         root = m_impl->root.toStdString()](std::stop_token) -> core::Result<Tell> {
          const auto assembly = models::addModel(request, catalogue, root);
          if (!assembly) return assembly.error();
          QStringList notes;
          for (const std::string& note : assembly->notes) notes << text(note);
          return Tell([this, id = text(assembly->info.id), notes] { Q_EMIT added(id, notes); });
        });
}

core::Result<models::Removal> ModelStore::removal(const QString& id) const {
  const core::ModelInfo* model = m_impl->catalogue.find(id.toStdString());
  if (!model) return core::Error{core::ErrorCode::NotFound, "there is no such model", id.toStdString()};
  return models::planRemoval(*model, m_impl->catalogue, m_impl->root.toStdString());
}

void ModelStore::remove(const QString& id) {
  const core::ModelInfo* model = m_impl->catalogue.find(id.toStdString());
  const auto plan = removal(id);
  if (!model || !plan) return;
  start(id, ModelRow::State::Deleting,
        [this, plan = *plan, name = text(model->name)](std::stop_token) -> core::Result<Tell> {
          if (auto gone = models::removeModel(plan); !gone) return gone.error();
          return Tell([this, name] { Q_EMIT removed(name); });
        });
}

}  // namespace kinora::session

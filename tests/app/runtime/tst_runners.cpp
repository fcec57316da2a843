// SPDX-License-Identifier: GPL-3.0-or-later
// The generation worker with the model that ships: jobs that are put back or resumed, and what stays in memory.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "app/runtime/runners.h"
#include "engine/jobs/submission.h"

using namespace kinora;

namespace {

constexpr int kStopAfter = 2;

}  // namespace

class TestRunners : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase();
  void init();
  void putBackJobGoesOnToTheSameFile();
  void resumingJobTakesTheStepsOver();
  void lostStepsAreSaid();
  void modelIsFreedAfterItsJobUnlessKept();

 private:
  core::JobSpec spec(const char* output) const;
  core::Result<core::JobOutcome> run(const core::JobId& id, const core::JobSpec& spec);
  /// As run, but stopped when kStopAfter steps are done.
  void cutOff(const core::JobId& id, const core::JobSpec& spec);
  QString jobs() const { return m_folder->filePath(QStringLiteral("jobs")); }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::optional<credits::EditionCatalogue> m_editions;
  std::optional<models::ModelCatalogue> m_models;
  std::unique_ptr<runtime::InferenceHost> m_host;
  jobs::JobRunner m_runner;
};

void TestRunners::initTestCase() {
  qputenv("KINORA_INFERENCE_LIBRARY", KINORA_BINARY_DIR "/lib/libkinora_inference.so");
  auto editions = credits::EditionCatalogue::load(KINORA_SOURCE_DIR "/resources/catalogue/editions.json");
  QVERIFY(editions.ok());
  m_editions = std::move(editions).value();
  m_models = models::ModelCatalogue::scan({KINORA_SOURCE_DIR "/resources/models"});
}

void TestRunners::init() {
  m_folder = std::make_unique<QTemporaryDir>();
  m_host = std::make_unique<runtime::InferenceHost>();
  const std::string folder = m_folder->path().toStdString();
  m_runner = runtime::generationRunner(*m_host, {*m_editions, *m_models}, {folder + "/jobs", folder + "/cache", {}});
}

core::JobSpec TestRunners::spec(const char* output) const {
  core::GenerationRequest request;
  request.prompt = "a red ball";
  request.frames = 5;
  request.steps = 4;
  request.seed = 9;
  const runtime::Planned planned = runtime::planRequest(request, {*m_editions, *m_models});
  if (!planned.result.ok()) qFatal("%s", runtime::faultsAsError(planned.result.faults).text().c_str());
  return jobs::generationJob(planned.result.plan, {}, m_folder->filePath(QLatin1String(output)).toStdString());
}

core::Result<core::JobOutcome> TestRunners::run(const core::JobId& id, const core::JobSpec& spec) {
  return m_runner(id, spec, {}, {});
}

void TestRunners::cutOff(const core::JobId& id, const core::JobSpec& spec) {
  std::stop_source stop;
  jobs::JobCallbacks callbacks;
  callbacks.progress = [&](const core::Progress& progress) {
    if (progress.stage == core::Stage::Denoise && progress.step == kStopAfter) stop.request_stop();
  };
  const auto outcome = m_runner(id, spec, callbacks, stop.get_token());
  QVERIFY(!outcome.ok());
  QCOMPARE(outcome.error().code, core::ErrorCode::Cancelled);
  QVERIFY(!QFile::exists(QString::fromStdString(spec.output)));
}

void TestRunners::putBackJobGoesOnToTheSameFile() {
  const auto whole = run("whole", spec("whole.mp4"));
  QVERIFY2(whole.ok(), whole.ok() ? "" : whole.error().text().c_str());
  QCOMPARE(whole->resumedSteps, 0);
  cutOff("again", spec("again.mp4"));
  const auto rest = run("again", spec("again.mp4"));
  QVERIFY(rest.ok());
  QCOMPARE(rest->resumedSteps, kStopAfter);
  QCOMPARE(rest->clip.sha256, whole->clip.sha256);
  QVERIFY(rest->notes.empty());
  QVERIFY(QDir(jobs()).isEmpty());
}

void TestRunners::resumingJobTakesTheStepsOver() {
  cutOff("first", spec("first.mp4"));
  core::JobSpec next = spec("next.mp4");
  next.resumes = "first";
  cutOff("second", next);  // before it has done a step of its own
  QCOMPARE(QDir(jobs()).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList{QStringLiteral("second")});
  const auto rest = run("second", next);
  QVERIFY(rest.ok());
  QCOMPARE(rest->resumedSteps, kStopAfter);
  QVERIFY(QDir(jobs()).isEmpty());
}

void TestRunners::lostStepsAreSaid() {
  core::JobSpec next = spec("next.mp4");
  next.resumes = "gone";
  const auto begun = run("next", next);
  QVERIFY(begun.ok());
  QCOMPARE(begun->resumedSteps, 0);
  QCOMPARE(begun->notes.size(), std::size_t(1));
  QVERIFY(QString::fromStdString(begun->notes.front()).contains(QStringLiteral("begun again")));
}

void TestRunners::modelIsFreedAfterItsJobUnlessKept() {
  QVERIFY(m_host->resident().id.empty());
  m_host->unload();  // nothing to do, and no library is loaded for it
  QVERIFY(run("a", spec("a.mp4")).ok());
  QCOMPARE(m_host->resident().id, std::string("mini"));
  QVERIFY(m_host->resident().bytes() > 1'000'000);
  m_host->unload();
  QVERIFY(m_host->resident().id.empty());
  m_host->setKeeps(false);
  QVERIFY(run("b", spec("b.mp4")).ok());
  QVERIFY(m_host->resident().id.empty());
  cutOff("c", spec("c.mp4"));
  QVERIFY(m_host->resident().id.empty());
}

QTEST_GUILESS_MAIN(TestRunners)
#include "tst_runners.moc"

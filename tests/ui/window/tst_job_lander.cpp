// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "engine/project/edit.h"
#include "tests/support/panel_fixture.h"
#include "ui/widgets/icons.h"
#include "ui/window/job_lander.h"

using namespace kinora;
using window::JobLander;

class TestJobLander : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init();
  void cleanup() { m_fixture.reset(); }
  void placesAtThePlayheadAsOneUndoStep();
  void insertsWhereThereIsNoRoom();
  void secondOrderGoesBehindTheFirst();
  void variantsBecomeTakes();
  void retakeTakesTheClipsPlace();
  void anotherProjectsWorkIsOffered();
  void failedWorkLeavesNothingPending();
  void firstClipGivesTheProjectItsShape();

 private:
  QString submit(const char* title);
  const project::Track& track() const { return m_fixture->document().project().timeline.tracks.front(); }

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<JobLander> m_lander;
  core::Size m_size{1280, 720};
};

void TestJobLander::init() {
  m_lander.reset();
  m_size = {1280, 720};
  m_fixture = std::make_unique<test::UiFixture>();
  m_fixture->document().open(project::newProject(), {});
  m_lander = std::make_unique<JobLander>(m_fixture->document(), m_fixture->client());
  m_fixture->startQueue([this](const core::JobId&, const core::JobSpec& spec, const jobs::JobCallbacks&,
                               std::stop_token) -> core::Result<core::JobOutcome> {
    if (spec.title == "fails") return core::Error{core::ErrorCode::OutOfMemory, "too big", "decode"};
    core::JobOutcome outcome;
    outcome.clip.path = spec.output;
    outcome.clip.size = m_size;
    outcome.clip.frames = 120;
    outcome.clip.fps = core::Rational(24);
    outcome.clip.duration = core::Rational(5);
    return outcome;
  });
}

QString TestJobLander::submit(const char* title) {
  core::JobSpec spec;
  spec.title = title;
  spec.request.prompt = title;
  spec.output = m_fixture->path(QString::fromLatin1(title) + QStringLiteral(".mp4")).toStdString();
  const auto id = m_fixture->client().submit(spec);
  if (!id) qFatal("%s", id.error().text().c_str());
  return QString::fromStdString(*id);
}

void TestJobLander::placesAtThePlayheadAsOneUndoStep() {
  m_fixture->document().setPlayhead(48);
  QSignalSpy landed(m_lander.get(), &JobLander::landed);
  m_lander->expect({submit("balloon")}, 120);
  QTRY_COMPARE(landed.count(), 1);
  QCOMPARE(landed[0][0].toString(), QStringLiteral("Clip added at 00:02"));
  QCOMPARE(track().clips.size(), std::size_t(1));
  QCOMPARE(track().clips[0].start, 48);
  QCOMPARE(track().clips[0].length, 120);
  const project::Asset& asset = m_fixture->document().project().assets.at(0);
  QCOMPARE(asset.name, std::string("balloon"));
  QVERIFY(asset.generated);
  QVERIFY(!asset.info.recipe.empty());
  m_fixture->document().undoStack()->undo();
  QVERIFY(track().clips.empty());
  QVERIFY(m_fixture->document().project().assets.empty());
}

void TestJobLander::insertsWhereThereIsNoRoom() {
  QSignalSpy landed(m_lander.get(), &JobLander::landed);
  m_lander->expect({submit("one")}, 120);
  QTRY_COMPARE(landed.count(), 1);
  m_lander->expect({submit("two")}, 120);
  QTRY_COMPARE(landed.count(), 2);
  QCOMPARE(track().clips.size(), std::size_t(2));
  QCOMPARE(track().clips[0].length + track().clips[1].length, 240);
  QCOMPARE(track().clips[1].start, 120);
}

void TestJobLander::secondOrderGoesBehindTheFirst() {
  m_fixture->client().setPaused(true);
  m_lander->expect({submit("one")}, 120);
  m_lander->expect({submit("two")}, 120);
  QVERIFY(m_lander->pending().has_value());
  QCOMPARE(m_lander->pending()->start, 0);
  QCOMPARE(m_lander->pending()->length, 120);
  m_fixture->client().setPaused(false);
  QTRY_COMPARE(track().clips.size(), std::size_t(2));
  const project::Project& project = m_fixture->document().project();
  QCOMPARE(project.asset(track().clips[0].asset)->name, std::string("one"));
  QCOMPARE(project.asset(track().clips[1].asset)->name, std::string("two"));
  QTRY_VERIFY(!m_lander->pending().has_value());
}

void TestJobLander::variantsBecomeTakes() {
  m_lander->expect({submit("a"), submit("b"), submit("c")}, 120);
  QTRY_COMPARE(m_fixture->document().project().assets.size(), std::size_t(3));
  QCOMPARE(track().clips.size(), std::size_t(1));
  const auto& assets = m_fixture->document().project().assets;
  QCOMPARE(m_fixture->document().project().takes(assets[0].takeGroup).size(), std::size_t(3));
}

void TestJobLander::retakeTakesTheClipsPlace() {
  m_lander->expect({submit("a")}, 120);
  QTRY_COMPARE(track().clips.size(), std::size_t(1));
  const project::Clip before = track().clips[0];
  m_lander->expectRetake(submit("b"), QString::fromStdString(before.id));
  QTRY_VERIFY(track().clips[0].asset != before.asset);
  QCOMPARE(track().clips.size(), std::size_t(1));
  QCOMPARE(track().clips[0].start, before.start);
  const project::Project& project = m_fixture->document().project();
  QCOMPARE(project.takes(project.asset(before.asset)->takeGroup).size(), std::size_t(2));
}

void TestJobLander::anotherProjectsWorkIsOffered() {
  QSignalSpy stray(m_lander.get(), &JobLander::strayFinished);
  m_fixture->client().setPaused(true);
  const QString id = submit("balloon");
  m_lander->expect({id}, 120);
  m_fixture->document().open(project::newProject(), {});
  m_fixture->client().setPaused(false);
  QTRY_COMPARE(stray.count(), 1);
  QVERIFY(track().clips.empty());
  m_lander->add(id);
  QCOMPARE(track().clips.size(), std::size_t(1));
}

void TestJobLander::failedWorkLeavesNothingPending() {
  QSignalSpy failed(&m_fixture->client(), &session::EngineClient::jobFailed);
  m_lander->expect({submit("fails")}, 120);
  QTRY_COMPARE(failed.count(), 1);
  QVERIFY(!m_lander->pending().has_value());
  QVERIFY(m_fixture->document().project().assets.empty());
}

void TestJobLander::firstClipGivesTheProjectItsShape() {
  m_size = {144, 256};
  m_lander->expect({submit("tall")}, 120);
  QTRY_COMPARE(track().clips.size(), std::size_t(1));
  QCOMPARE(m_fixture->document().project().size, (core::Size{720, 1280}));
  QCOMPARE(window::sizeForFirstClip({1920, 1080}), (core::Size{1920, 1080}));
  QCOMPARE(window::sizeForFirstClip({256, 144}), (core::Size{1280, 720}));
}

QTEST_MAIN(TestJobLander)
#include "tst_job_lander.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks and offers: before work is lost, about jobs and recipes, and for what is dropped on it.
#include <QComboBox>
#include <QDropEvent>
#include <QFile>
#include <QPushButton>
#include <QUndoStack>

#include "tests/engine/models/model_folder.h"
#include "tests/ui/window/window_test.h"
#include "ui/create/create_panel.h"
#include "ui/library/library_panel.h"
#include "ui/models_panel/models_dialog.h"
#include "ui/preview/monitor_panel.h"
#include "ui/queue/queue_panel.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/toast.h"
#include "ui/window/drop_router.h"
#include "ui/window/notice_bar.h"

using namespace kinora;
using window::ActionId;

namespace {

constexpr int kPatience = 60'000;  ///< milliseconds: a loaded machine is slow, not wrong

}  // namespace

class TestWindowQuestions : public test::WindowTest {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init() { open(); }
  void cleanup() { m_studio.reset(); }
  void askingBeforeLosingWork();
  void droppedPictureBecomesTheStartFrame();
  void droppedLoraIsAddedToTheForm();
  void weightsAreKnownByTheirHeaderNotTheirName();
  void droppedModelIsAddedInPlace();
  void droppedPartOfAModelSaysWhatIsMissing();
  void droppedVideoIsImported();
  void droppedProjectOpensAfterAsking();
  void droppedProjectOpensWhateverPanelItFallsOn();
  void closingWhileJobsRunAsks();
  void closingKeepsJobsForTheNextStart();
  void workOrderedBeforeAClosedWindowLands();
  void lostWorkIsOffered();
  void cutOffJobGoesOnAndIsPaidForOnce();
  void recipeAsksForItsSeed();
  void questionsWaitForEachOther();
};

void TestWindowQuestions::askingBeforeLosingWork() {
  addClip();
  m_studio->answers().unsaved = window::Questions::Unsaved::Cancel;
  trigger(ActionId::NewProject);
  QCOMPARE(m_studio->answers().asked, 1);
  QCOMPARE(project().timeline.length(), 120);
  m_studio->answers().unsaved = window::Questions::Unsaved::Discard;
  trigger(ActionId::NewProject);
  QCOMPARE(project().timeline.length(), 0);
}

void TestWindowQuestions::droppedPictureBecomesTheStartFrame() {
  const QString picture = m_studio->makePicture(QStringLiteral("photo.png"));
  drop({picture});
  QTRY_COMPARE(QString::fromStdString(m_studio->window().createPanel().state().request.startImage), picture);
  QVERIFY(m_studio->window().createPanel().state().imageMode);
}

void TestWindowQuestions::droppedLoraIsAddedToTheForm() {
  const QString lora = QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors");
  drop({lora});
  const auto loras = [this] { return m_studio->window().createPanel().state().request.loras; };
  QTRY_COMPARE(loras().size(), std::size_t(1));
  QCOMPARE(QString::fromStdString(loras()[0].file), lora);
  QCOMPARE(loras()[0].weight, 1.0);
  drop({lora});
  QCOMPARE(loras().size(), std::size_t(1));
}

void TestWindowQuestions::weightsAreKnownByTheirHeaderNotTheirName() {
  const QString lora = m_studio->path(QStringLiteral("style.bin"));
  QVERIFY(QFile::copy(QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors"), lora));
  QCOMPARE(window::dropKind(lora), window::DropKind::Lora);
  const QString part = m_studio->path(QStringLiteral("wan"));
  QVERIFY(QFile::copy(
      QStringLiteral(KINORA_SOURCE_DIR "/resources/models/mini/transformer/diffusion_pytorch_model.safetensors"),
      part));
  QCOMPARE(window::dropKind(part), window::DropKind::Model);
  QCOMPARE(window::dropKind(QStringLiteral(KINORA_SOURCE_DIR "/resources/models/mini/tokenizer/spiece.model")),
           window::DropKind::Model);
  const auto written = [this](const char* name) {
    QFile file(m_studio->path(QLatin1String(name)));
    if (!file.open(QIODevice::WriteOnly) || file.write("words") != 5) qFatal("cannot write");
    return file.fileName();
  };
  QCOMPARE(window::dropKind(written("notes.txt")), window::DropKind::Other);
  QCOMPARE(window::dropKind(written("damaged.safetensors")), window::DropKind::Model);  // there it is said
  QCOMPARE(window::dropKind(m_studio->path(QString())), window::DropKind::Model);

  window::MainWindow& window = m_studio->window();
  QWidget* const panels[] = {&window.createPanel(), &window.library(), window.timelinePanel().view().viewport()};
  for (QWidget* panel : panels) {
    window.createPanel().setRequest({});
    drop({lora}, panel);
    QVERIFY2(window.createPanel().state().request.loras.size() == 1, panel->metaObject()->className());
  }
}

void TestWindowQuestions::droppedModelIsAddedInPlace() {
  const QString folder = m_studio->path(QStringLiteral("drive/My Wan"));
  test::ModelFiles().write(folder.toStdString());
  drop({folder});
  const models_panel::ModelsDialog* dialog = m_studio->window().modelsDialog();
  QVERIFY(dialog && dialog->isVisible());
  QTRY_VERIFY_WITH_TIMEOUT(dialog->card(QStringLiteral("my-wan")), kPatience);
  QVERIFY(m_studio->models().find("my-wan"));
  // The form offers it without being opened again.
  const auto combos = m_studio->window().createPanel().findChildren<QComboBox*>();
  QVERIFY(std::any_of(combos.begin(), combos.end(),
                      [](const QComboBox* combo) { return combo->findData(QStringLiteral("my-wan")) >= 0; }));
}

void TestWindowQuestions::droppedPartOfAModelSaysWhatIsMissing() {
  drop({QStringLiteral(KINORA_SOURCE_DIR "/resources/models/mini/vae/diffusion_pytorch_model.safetensors")});
  QVERIFY(m_studio->window().createPanel().state().request.loras.empty());
  QVERIFY(m_studio->window().modelsDialog());
  QTRY_VERIFY_WITH_TIMEOUT(m_studio->window().modelsDialog()->message().contains(QStringLiteral("transformer")),
                           kPatience);
}

void TestWindowQuestions::droppedVideoIsImported() {
  const QString file = m_studio->path(QStringLiteral("waves.mp4"));
  core::ClipInfo info;
  info.path = file.toStdString();
  info.size = {1920, 1080};
  info.frames = 48;
  info.fps = core::Rational(24);
  info.duration = core::Rational(2);
  m_studio->media().addVideo(file, info);
  drop({file});
  QTRY_COMPARE(project().assets.size(), std::size_t(1));
  QCOMPARE(project().assets[0].name, std::string("waves.mp4"));
  QCOMPARE(project().timeline.length(), 0);
  drop({file});
  QTest::qWait(50);
  QCOMPARE(project().assets.size(), std::size_t(1));
  trigger(ActionId::Undo);
  QVERIFY(project().assets.empty());
}

void TestWindowQuestions::droppedProjectOpensAfterAsking() {
  addClip();
  m_studio->answers().save = m_studio->path(QStringLiteral("film.kinora"));
  trigger(ActionId::Save);
  trigger(ActionId::NewProject);
  drop({m_studio->answers().save});
  QCOMPARE(project().timeline.length(), 120);
}

void TestWindowQuestions::droppedProjectOpensWhateverPanelItFallsOn() {
  addClip();
  m_studio->answers().save = m_studio->path(QStringLiteral("film.kinora"));
  trigger(ActionId::Save);
  window::MainWindow& window = m_studio->window();
  QWidget* const panels[] = {&window.createPanel(), &window.library(), window.timelinePanel().view().viewport(),
                             &window.monitor(), &window.queuePanel()};
  for (QWidget* panel : panels) {
    trigger(ActionId::NewProject);
    QCOMPARE(project().timeline.length(), 0);
    drop({m_studio->answers().save}, panel);
    QVERIFY2(project().timeline.length() == 120, panel->metaObject()->className());
  }
}

void TestWindowQuestions::closingWhileJobsRunAsks() {
  m_studio->fillWithDemo();
  QTRY_VERIFY(m_studio->client().isBusy());
  m_studio->answers().running = window::Questions::Running::Stay;
  m_studio->window().close();
  QVERIFY(m_studio->window().isVisible());
  QCOMPARE(m_studio->answers().asked, 1);
  // Cancelling is decided only when the changes are too.
  m_studio->answers().running = window::Questions::Running::CancelJobs;
  m_studio->document().markModified();
  m_studio->answers().unsaved = window::Questions::Unsaved::Cancel;
  m_studio->window().close();
  QVERIFY(m_studio->window().isVisible());
  QVERIFY(m_studio->client().isBusy());
  m_studio->answers().unsaved = window::Questions::Unsaved::Discard;
  m_studio->window().close();
  QVERIFY(!m_studio->window().isVisible());
  QTRY_VERIFY(!m_studio->client().isBusy());
  QCOMPARE(m_studio->client().balance().reserved, std::int64_t(0));
}

void TestWindowQuestions::closingKeepsJobsForTheNextStart() {
  m_studio->fillWithDemo();
  QTRY_VERIFY(m_studio->client().isBusy());
  const std::int64_t reserved = m_studio->client().balance().reserved;
  QVERIFY(reserved > 0);
  m_studio->answers().running = window::Questions::Running::ResumeLater;
  m_studio->answers().unsaved = window::Questions::Unsaved::Discard;
  m_studio->window().close();
  QVERIFY(!m_studio->window().isVisible());
  const auto running = [this] {
    for (const core::JobRecord& job : m_studio->client().jobs()) {
      if (job.state == core::JobState::Running) return true;
    }
    return false;
  };
  QTRY_VERIFY(!running());
  QCOMPARE(m_studio->client().jobs().front().spec.title, std::string("Continue: red car, the road bends"));
  QCOMPARE(m_studio->client().jobs().front().state, core::JobState::Queued);
  QCOMPARE(m_studio->client().balance().reserved, reserved);
}

void TestWindowQuestions::workOrderedBeforeAClosedWindowLands() {
  addClip();
  m_studio->answers().save = m_studio->path(QStringLiteral("film.kinora"));
  trigger(ActionId::Save);
  // As a job that waited for this start: the queue knows it, the window has no order for it.
  core::JobSpec spec;
  spec.title = "from before";
  spec.output = QDir(m_studio->files().takeFolder()).absoluteFilePath(QStringLiteral("before.mp4")).toStdString();
  QVERIFY(m_studio->client().submit(spec).ok());
  QTRY_COMPARE(project().assets.size(), std::size_t(2));
  QCOMPARE(project().assets[1].name, std::string("from before"));
}

void TestWindowQuestions::lostWorkIsOffered() {
  QVERIFY(!m_studio->window().notice().isVisible());
  // As a crash leaves it: a copy without the process that wrote it.
  project::Project lost = project::newProject();
  lost.name = "Lost film";
  {
    session::ProjectDocument document;
    session::Autosave autosave(document, m_studio->path(QStringLiteral("autosave")));
    document.open(lost, {});
    document.markModified();
    QVERIFY(document
                .edit(QStringLiteral("x"),
                      [](project::Project& p) -> core::Result<void> {
                        p.size = {720, 1280};
                        return {};
                      })
                .ok());
    autosave.flush();
  }
  m_studio->window().openAtStart({});
  QVERIFY(m_studio->window().notice().isVisible());
  m_studio->window().notice().yesButton()->click();
  QCOMPARE(project().name, std::string("Lost film"));
  QVERIFY(m_studio->document().isModified());
}

void TestWindowQuestions::cutOffJobGoesOnAndIsPaidForOnce() {
  // Fails in its decode with the steps kept; the job that takes them over is done.
  const QString folder = m_studio->path(QStringLiteral("jobs/"));
  m_studio->startQueue([studio = m_studio.get(), folder, done = test::makesClips({256, 144})](
                           const core::JobId& id, const core::JobSpec& spec, const jobs::JobCallbacks& callbacks,
                           std::stop_token stop) -> core::Result<core::JobOutcome> {
    if (spec.resumes.empty()) {
      studio->leaveSteps(id);
      return core::Error{core::ErrorCode::OutOfMemory, "too big", "decode"};
    }
    QDir(folder + QString::fromStdString(spec.resumes)).removeRecursively();
    return done(id, spec, callbacks, stop);
  });
  core::Plan plan;
  plan.request.prompt = "a yellow balloon";
  plan.request.seed = 7;
  plan.outputFrames = 120;
  plan.outputFps = core::Rational(24);
  plan.credits = 20;
  m_studio->window().generate(plan, 1, false);
  const auto resume = [this]() -> QPushButton* {
    for (auto* button : m_studio->window().queuePanel().findChildren<QPushButton*>()) {
      if (button->text() == QStringLiteral("Resume") && !button->isHidden()) return button;
    }
    return nullptr;
  };
  QTRY_VERIFY(resume());
  QCOMPARE(m_studio->client().balance().available, std::int64_t(1000));
  resume()->click();
  QTRY_COMPARE(project().timeline.length(), 120);
  QCOMPARE(m_studio->client().balance().available, std::int64_t(980));
  QCOMPARE(m_studio->client().balance().reserved, std::int64_t(0));
  QVERIFY(!resume());
  int reserves = 0;
  for (const store::LedgerEntry& entry : m_studio->client().ledger()) {
    reserves += entry.kind == store::EntryKind::Reserve;
  }
  QCOMPARE(reserves, 2);  // of the job that was cut off, given back, and of the one that went on
}

void TestWindowQuestions::recipeAsksForItsSeed() {
  core::GenerationRequest recipe;
  recipe.prompt = "a lighthouse at dusk";
  recipe.seed = 4711;
  core::ClipInfo info;
  const QString file = m_studio->path(QStringLiteral("lighthouse.mp4"));
  info.path = file.toStdString();
  info.recipe = core::toJson(recipe);
  m_studio->media().addVideo(file, info);
  const QString bare = m_studio->path(QStringLiteral("bare.mp4"));
  m_studio->media().addVideo(bare, core::ClipInfo{});

  create::CreatePanel& panel = m_studio->window().createPanel();
  window::NoticeBar& notice = m_studio->window().notice();
  const auto dropHere = [&](const QString& path) {
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(40, 40), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&panel, &enter);
    QDropEvent event(QPointF(40, 40), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&panel, &event);
    return event.isAccepted();
  };
  QVERIFY(dropHere(file));
  QTRY_VERIFY(notice.isVisible());
  QCOMPARE(panel.state().request.prompt, std::string("a lighthouse at dusk"));
  QCOMPARE(panel.state().request.seed, std::optional<std::uint64_t>(4711));
  notice.yesButton()->click();
  QVERIFY(!notice.isVisible());
  QVERIFY(panel.state().seedLocked);
  QCOMPARE(panel.state().request.seed, std::optional<std::uint64_t>(4711));

  QVERIFY(dropHere(file));
  QTRY_VERIFY(notice.isVisible());
  notice.noButton()->click();
  QVERIFY(!panel.state().seedLocked);
  QVERIFY(panel.state().request.seed != std::optional<std::uint64_t>(4711));

  QVERIFY(dropHere(bare));
  QTRY_COMPARE(m_studio->window().toast().message(), QStringLiteral("bare.mp4 carries no recipe"));
  QVERIFY(!notice.isVisible());
}

void TestWindowQuestions::questionsWaitForEachOther() {
  window::NoticeBar& notice = m_studio->window().notice();
  QStringList answers;
  const auto ask = [&](const char* topic, const QString& name) {
    notice.ask(
        QString::fromLatin1(topic), name, QStringLiteral("yes"), QStringLiteral("no"),
        [&answers, name] { answers << name + QStringLiteral("+"); },
        [&answers, name] { answers << name + QStringLiteral("-"); });
  };
  ask("recovery", QStringLiteral("film"));
  ask("seed", QStringLiteral("one"));
  ask("seed", QStringLiteral("two"));
  notice.yesButton()->click();
  QVERIFY(notice.isVisible());
  notice.noButton()->click();
  QVERIFY(!notice.isVisible());
  QCOMPARE(answers, QStringList({QStringLiteral("film+"), QStringLiteral("two-")}));
}

QTEST_MAIN(TestWindowQuestions)
#include "tst_window_questions.moc"

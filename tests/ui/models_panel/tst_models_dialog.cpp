// SPDX-License-Identifier: GPL-3.0-or-later
// The shapes of parts come with doctest's macros, for which there is no runner here.
#define DOCTEST_CONFIG_DISABLE

#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QUrl>

#include "tests/engine/models/hub_fixture.h"
#include "tests/engine/models/model_folder.h"
#include "tests/engine/models/part_shapes.h"
#include "tests/support/panel_fixture.h"
#include "ui/models_panel/model_texts.h"
#include "ui/models_panel/models_dialog.h"
#include "ui/widgets/progress_line.h"

using namespace kinora;
using namespace kinora::models_panel;
using Action = ModelCard::Action;
using State = session::ModelRow::State;

namespace {

const QString kId = QStringLiteral("wan-small");
constexpr int kPatience = 60'000;  ///< milliseconds: a loaded machine is slow, not wrong

/// One model, kept by a server of the test's own.
models::PublicModels publishedBy(const test::LoopbackServer& server, const QString& file) {
  test::json files = test::json::array();
  for (const char* path : {"model_index.json", "scheduler/scheduler_config.json", "transformer/config.json",
                           "vae/config.json", "text_encoder/config.json", "tokenizer/spiece.model"}) {
    files.push_back({{"path", path}});
  }
  for (const char* stem : {"transformer/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"})
    files.push_back({{"weights", stem}, {"about_bytes", 2000}});
  const test::json root{{"format", "kinora-public-models"},
                        {"version", 1},
                        {"servers", {server.url("{repository}/resolve/{revision}/{path}")}},
                        {"layouts", {{"small", files}}},
                        {"models",
                         {{{"id", kId.toStdString()},
                           {"name", "Wan small"},
                           {"licence", "Apache-2.0"},
                           {"page", "https://example.org"},
                           {"repository", "owner/model"},
                           {"revision", "main"},
                           {"architecture", "wan2.1-t2v"},
                           {"abilities", {"text", "image"}},
                           {"size", {832, 480}},
                           {"memory_gib", 12},
                           {"layout", "small"}}}}};
  QFile out(file);
  if (!out.open(QIODevice::WriteOnly)) qFatal("cannot write");
  out.write(QByteArray::fromStdString(root.dump()));
  out.close();
  auto published = models::PublicModels::load(file.toStdString());
  if (!published) qFatal("%s", published.error().text().c_str());
  return std::move(published).value();
}

}  // namespace

class TestModelsDialog : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"}) qunsetenv(name);
    m_fixture = std::make_unique<test::UiFixture>();
    m_gate = std::make_unique<test::Gate>();
    m_asked.clear();
    m_answer = false;
  }
  void cleanup() {
    m_dialog.reset();
    m_store.reset();
    m_gate->open();
    m_server.reset();
    m_fixture.reset();
  }

  void listsWhatIsInstalledAndWhatCanBeHad() {
    ModelsDialog dialog(m_fixture->theme(), m_fixture->modelStore(), m_fixture->client());
    ModelCard* mini = dialog.card(QStringLiteral("mini"));
    QVERIFY(mini);
    QCOMPARE(mini->row().state, State::Installed);
    QVERIFY(mini->button(Action::Verify)->isVisibleTo(&dialog));
    QVERIFY(!mini->button(Action::Remove)->isVisibleTo(&dialog));  // it ships with Kinora
    ModelCard* ti2v = dialog.card(QStringLiteral("wan2.2-ti2v-5b"));
    QVERIFY(ti2v);
    QCOMPARE(ti2v->row().state, State::Available);
    QVERIFY(ti2v->button(Action::Download)->isVisibleTo(&dialog));
    QVERIFY(!ti2v->button(Action::Cancel)->isVisibleTo(&dialog));
    QVERIFY(detailsText(dialog.card(QStringLiteral("fastwan2.2-ti2v-5b"))->row()).contains(QStringLiteral("> 12")));
    QVERIFY(
        detailsText(dialog.card(QStringLiteral("wan2.1-vace-1.3b"))->row()).contains(QStringLiteral("control video")));
    const QString details = detailsText(ti2v->row());
    for (const char* part : {"From text or a picture", "1280×704", "≈ 34", "16 GiB", "Apache-2.0"})
      QVERIFY2(details.contains(QString::fromUtf8(part)), qPrintable(details));
    QVERIFY(dialog.message().isEmpty());
    dialog.show();
    test::shot(dialog, QStringLiteral("models-dark"));
    m_fixture->theme().setMode(widgets::Theme::Mode::Light);
    test::shot(dialog, QStringLiteral("models-light"));
  }

  void downloadsAModelAndThePanelsLearnOfIt() {
    serve(test::hub(test::hubFiles()));
    QSignalSpy catalogue(m_store.get(), &session::ModelStore::catalogueChanged);
    m_dialog->card(kId)->button(Action::Download)->click();
    QVERIFY(m_dialog->card(kId)->row().isBusy());
    QTRY_COMPARE_WITH_TIMEOUT(m_dialog->card(kId)->row().state, State::Installed, kPatience);
    QCOMPARE(catalogue.count(), 1);
    QVERIFY(m_dialog->message().contains(QStringLiteral("Wan small")));
    QVERIFY(m_dialog->card(kId)->button(Action::Remove)->isVisibleTo(m_dialog.get()));
    QVERIFY(m_fixture->models().find(kId.toStdString()));
  }

  void aCancelledDownloadGoesOnLater() {
    const auto files = test::hub(test::hubFiles());
    serve([this, files](const test::HttpRequest& request, test::HttpConnection& connection) {
      if (request.target.find("two.safetensors") != std::string::npos) m_gate->wait();
      files(request, connection);
    });
    ModelCard* card = m_dialog->card(kId);
    m_dialog->show();
    QVERIFY(QTest::qWaitForWindowActive(m_dialog.get()));
    card->button(Action::Download)->setFocus();
    QTest::keyClick(card->button(Action::Download), Qt::Key_Space);
    m_gate->awaitArrival();
    QVERIFY(card->button(Action::Cancel)->hasFocus());  // not another model's Download
    test::shot(*m_dialog, QStringLiteral("models-downloading"));
    card->button(Action::Cancel)->click();
    QTRY_COMPARE_WITH_TIMEOUT(card->row().state, State::Unfinished, kPatience);
    QVERIFY(card->row().doneBytes > 0);
    QCOMPARE(card->button(Action::Download)->text(), QStringLiteral("Go on"));
    QVERIFY(card->findChild<widgets::ProgressLine*>()->value() > 0);
    m_dialog->show();
    test::shot(*m_dialog, QStringLiteral("models-unfinished"));
    m_gate->open();
    card->button(Action::Download)->click();
    QTRY_COMPARE_WITH_TIMEOUT(card->row().state, State::Installed, kPatience);
  }

  void anUnfinishedDownloadCanBeDeleted() {
    auto files = test::hubFiles();
    files.erase("transformer/two.safetensors");
    serve(test::hub(files));
    ModelCard* card = m_dialog->card(kId);
    card->button(Action::Download)->click();
    QTRY_COMPARE_WITH_TIMEOUT(card->row().state, State::Unfinished, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(labelsOf(card).contains(QStringLiteral("two.safetensors")),
                             kPatience);  // the reason, with the file
    m_answer = false;
    card->button(Action::Discard)->click();
    QCOMPARE(card->row().state, State::Unfinished);
    m_answer = true;
    card->button(Action::Discard)->click();
    QTRY_COMPARE_WITH_TIMEOUT(card->row().state, State::Available, kPatience);
  }

  void verifiesAndDeletes() {
    serve(test::hub(test::hubFiles()));
    ModelCard* card = m_dialog->card(kId);
    card->button(Action::Download)->click();
    QTRY_COMPARE_WITH_TIMEOUT(card->row().state, State::Installed, kPatience);
    card->button(Action::Verify)->click();
    QTRY_VERIFY_WITH_TIMEOUT(labelsOf(card).contains(QStringLiteral("Unchanged since it came")), kPatience);
    QFile file(m_fixture->path(QStringLiteral("models/wan-small/transformer/two.safetensors")));
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write("x");
    file.close();
    card->button(Action::Verify)->click();
    QTRY_VERIFY_WITH_TIMEOUT(labelsOf(card).contains(QStringLiteral("Changed or missing files: 1")), kPatience);
    m_answer = false;
    card->button(Action::Remove)->click();
    QVERIFY(m_asked.contains(QStringLiteral("frees")));
    QVERIFY(m_fixture->models().find(kId.toStdString()));
    m_answer = true;
    card->button(Action::Remove)->click();
    QTRY_COMPARE_WITH_TIMEOUT(m_dialog->card(kId)->row().state, State::Available, kPatience);
    QVERIFY(!QFile::exists(m_fixture->path(QStringLiteral("models/wan-small"))));
  }

  void aDroppedFolderIsUsedWhereItLies() {
    serve(test::hub({}));
    const QString folder = m_fixture->path(QStringLiteral("drive/My Wan"));
    test::ModelFiles().write(folder.toStdString());
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(folder)});
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_dialog.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_dialog.get(), &drop);
    QTRY_VERIFY_WITH_TIMEOUT(m_dialog->card(QStringLiteral("my-wan")), kPatience);
    QVERIFY(m_dialog->message().contains(QStringLiteral("stay where they are")));
    m_answer = true;
    m_dialog->card(QStringLiteral("my-wan"))->button(Action::Remove)->click();
    QVERIFY(m_asked.contains(QStringLiteral("stay there")));
    QTRY_VERIFY_WITH_TIMEOUT(!m_dialog->card(QStringLiteral("my-wan")), kPatience);
    QVERIFY(QFile::exists(folder + QStringLiteral("/model_index.json")));
  }

  void whatIsNoModelIsRefusedWithWhatItIs() {
    serve(test::hub({}));
    m_dialog->add({QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors")});
    QVERIFY(m_dialog->message().contains(QStringLiteral("peft.safetensors is a LoRA")));
    QVERIFY(m_dialog->parts().isEmpty());
    const QString none = m_fixture->path(QStringLiteral("none.safetensors"));
    m_dialog->add({none});
    QVERIFY(m_dialog->message().contains(QStringLiteral("Looking at none.safetensors")));  // at once
    QTRY_VERIFY_WITH_TIMEOUT(m_dialog->message().contains(QStringLiteral("none.safetensors: ")), kPatience);
    QVERIFY(m_dialog->parts().isEmpty());
  }

  void aModelIsMadeOfPartsThatLieApart() {
    serve(test::hub({}));
    const test::TemporaryFolder drives[3];
    const auto on = [&drives](int drive, const char* name, const test::Shapes& shapes) {
      return QString::fromStdString(test::writeSparse(drives[drive], name, shapes));
    };
    const QString transformer = on(0, "wan t2v.safetensors", test::transformerShapes(1536, 16, 16));
    const QString vae = on(1, "vae.safetensors", test::vae21Shapes());
    const QString text = on(2, "umt5.safetensors", test::comfyTextShapes());  // with its vocabulary
    m_dialog->show();
    m_dialog->add({transformer});
    QTRY_COMPARE_WITH_TIMEOUT(m_dialog->parts(), QStringList{transformer}, kPatience);
    for (const char* missing : {"VAE", "text encoder", "tokenizer"})
      QVERIFY2(m_dialog->message().contains(QLatin1String(missing)), qPrintable(m_dialog->message()));
    test::shot(*m_dialog, QStringLiteral("models-parts"));
    m_dialog->add({vae});
    QTRY_COMPARE_WITH_TIMEOUT(m_dialog->parts(), (QStringList{transformer, vae}), kPatience);
    QVERIFY(!m_dialog->message().contains(QStringLiteral("VAE (")));
    m_dialog->add({text});
    QTRY_VERIFY_WITH_TIMEOUT(m_dialog->card(QStringLiteral("wan-t2v")), kPatience);
    QVERIFY(m_dialog->parts().isEmpty());
    QCOMPARE(m_dialog->card(QStringLiteral("wan-t2v"))->row().state, State::Installed);
    QVERIFY(m_dialog->card(QStringLiteral("wan-t2v"))->row().isInPlace);
  }

  void partsCanBeForgotten() {
    serve(test::hub({}));
    const test::TemporaryFolder drive;
    const QString vae = QString::fromStdString(test::writeSparse(drive, "vae.safetensors", test::vae21Shapes()));
    m_dialog->add({vae});
    QTRY_COMPARE_WITH_TIMEOUT(m_dialog->parts(), QStringList{vae}, kPatience);
    QVERIFY(m_dialog->message().contains(QStringLiteral("transformer")));
    for (QPushButton* button : m_dialog->findChildren<QPushButton*>()) {
      if (button->text() == QStringLiteral("Start over")) button->click();
    }
    QVERIFY(m_dialog->parts().isEmpty() && m_dialog->message().isEmpty());
  }

  void aModelThatJobsNeedStays() {
    serve(test::hub({}));
    const QString folder = m_fixture->path(QStringLiteral("drive/My Wan"));
    test::ModelFiles().write(folder.toStdString());
    m_dialog->add({folder});
    QTRY_VERIFY_WITH_TIMEOUT(m_dialog->card(QStringLiteral("my-wan")), kPatience);
    core::JobSpec job;
    job.request.model = "my-wan";
    m_fixture->startQueue();
    m_fixture->client().setPaused(true);
    const auto id = m_fixture->client().submit(job);
    QVERIFY(id.ok());
    ModelCard* card = m_dialog->card(QStringLiteral("my-wan"));
    m_answer = true;
    card->button(Action::Remove)->click();
    QVERIFY2(labelsOf(card).contains(QStringLiteral("Jobs in the queue need it: 1")), qPrintable(labelsOf(card)));
    QVERIFY(m_asked.isEmpty());
    m_fixture->client().cancel(*id);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture->client().job(*id)->state, core::JobState::Cancelled, kPatience);
    card->button(Action::Remove)->click();
    QTRY_VERIFY_WITH_TIMEOUT(!m_dialog->card(QStringLiteral("my-wan")), kPatience);
  }

  void closingTheStoreStopsItsWork() {
    serve([this](const test::HttpRequest&, test::HttpConnection&) { m_gate->wait(); });
    m_dialog->card(kId)->button(Action::Download)->click();
    m_gate->awaitArrival();
    m_dialog.reset();
    m_store.reset();  // returns although the server never answers
    QVERIFY(!m_fixture->models().find(kId.toStdString()));
  }

 private:
  void serve(test::LoopbackServer::Handler handler) {
    m_server = std::make_unique<test::LoopbackServer>(std::move(handler));
    m_store = std::make_unique<session::ModelStore>(
        m_fixture->models(), publishedBy(*m_server, m_fixture->path(QStringLiteral("models.json"))),
        m_fixture->path(QStringLiteral("models")));
    m_dialog = std::make_unique<ModelsDialog>(m_fixture->theme(), *m_store, m_fixture->client());
    m_dialog->setConfirm([this](const QString& text, const QString& details, const QString&) {
      m_asked = text + u' ' + details;
      return m_answer;
    });
  }

  static QString labelsOf(const ModelCard* card) {
    QStringList texts;
    const auto labels = card->findChildren<QLabel*>();
    for (const QLabel* label : labels) texts << label->text();
    return texts.join(u'\n');
  }

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<test::Gate> m_gate;
  std::unique_ptr<test::LoopbackServer> m_server;
  std::unique_ptr<session::ModelStore> m_store;
  std::unique_ptr<ModelsDialog> m_dialog;
  QString m_asked;
  bool m_answer = false;
};

QTEST_MAIN(TestModelsDialog)
#include "tst_models_dialog.moc"

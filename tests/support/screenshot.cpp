// SPDX-License-Identifier: GPL-3.0-or-later
// kinora-screenshot FOLDER: writes pictures in both themes and languages: of the filled window in two sizes, the form
// while a prompt is written, the models, and the form of a model that takes a control video.
#include <QApplication>
#include <QDir>
#include <QEventLoop>
#include <QKeyEvent>
#include <QTimer>
#include <cstdio>
#include <functional>

#include "engine/media/media_service.h"
#include "tests/engine/models/model_folder.h"
#include "tests/support/filmed_media.h"
#include "tests/support/studio_fixture.h"
#include "ui/create/create_panel.h"
#include "ui/models_panel/models_dialog.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/toast.h"

namespace {

/// Lets thumbnails, plans and frames arrive.
void settle(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
  loop.exec();
}

/// As after a clip has landed, in the language of the moment.
void landed(kinora::window::MainWindow& window) {
  const QString words = QCoreApplication::translate("kinora::window::JobLander", "Clip added at %1");
  const QString undo = QCoreApplication::translate("kinora::window::MainWindow", "Undo");
  window.toast().showMessage(words.arg(QStringLiteral("00:05")), undo, [] {});
}

/// Calls take in both themes and languages, with "dark-en" and so on.
void inEveryLook(kinora::test::StudioFixture& studio, const std::function<void(const QString& look)>& take) {
  using Mode = kinora::widgets::Theme::Mode;
  for (const auto& [mode, theme] : {std::pair(Mode::Dark, "dark"), std::pair(Mode::Light, "light")}) {
    studio.theme().setMode(mode);
    for (const char* code : {"en", "zh_CN"}) {
      studio.language().setCode(QString::fromLatin1(code));
      take(QStringLiteral("%1-%2").arg(QLatin1String(theme), QLatin1String(code)));
    }
  }
}

/// A model that takes a control video, with everything that it takes.
void useControl(kinora::test::StudioFixture& studio) {
  kinora::test::ModelFiles::vace().write(studio.path(QStringLiteral("models/Wan 2.1 VACE 1.3B")).toStdString());
  kinora::models::ModelCatalogue catalogue = studio.models();
  catalogue.rescan();
  const auto picture = [&studio](const QString& name, kinora::test::Scene scene) {
    const QString file = studio.path(name);
    kinora::test::drawScene(scene, {640, 360}, 0.5).save(file);
    return file.toStdString();
  };
  using kinora::test::Scene;
  kinora::core::GenerationRequest request;
  request.prompt = "A red car drives to the left along the beach at sunset";
  request.controlVideo = picture(QStringLiteral("control.png"), Scene::Beach);
  request.references = {picture(QStringLiteral("hills.png"), Scene::Hills),
                        picture(QStringLiteral("night.png"), Scene::Night)};
  studio.window().createPanel().reloadModels();
  studio.window().createPanel().setRequest(request);
}

/// As keys that the user presses: suggestions follow.
void type(QWidget* field, const QString& text) {
  for (const QChar letter : text) {
    QKeyEvent press(QEvent::KeyPress, 0, Qt::NoModifier, QString(letter));
    QApplication::sendEvent(field, &press);
  }
}

/// The form as it begins, with the model's examples; while a prompt is typed; and one that the model knows little of.
void takePrompts(kinora::test::StudioFixture& studio, const std::function<void(QWidget&, const QString&)>& save) {
  kinora::window::MainWindow& window = studio.window();
  kinora::create::CreatePanel& panel = window.createPanel();
  inEveryLook(studio, [&](const QString& look) {
    window.toast().dismiss();
    panel.setRequest({});
    settle(800);
    save(window, QStringLiteral("begin-") + look);
    panel.focusPrompt();
    const bool chinese = look.endsWith(QStringLiteral("zh_CN"));
    type(window.focusWidget(), chinese ? QStringLiteral("红色的球") : QStringLiteral("a red ball mov"));
    settle(200);
    save(window, QStringLiteral("typing-") + look);
    kinora::core::GenerationRequest request;
    request.prompt = chinese ? "一只恐龙在弹吉他" : "a dragon plays the guitar in a castle";
    panel.setRequest(request);
    settle(1200);
    save(panel, QStringLiteral("hint-") + look);
  });
}

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: kinora-screenshot FOLDER\n");
    return 2;
  }
  const QDir folder(QString::fromLocal8Bit(argv[1]));
  folder.mkpath(QStringLiteral("."));
  kinora::widgets::initResources();
  QApplication::setWindowIcon(kinora::widgets::applicationIcon());
  bool failed = false;
  const auto save = [&](QWidget& widget, const QString& name) {
    const QString file = folder.filePath(name + QStringLiteral(".png"));
    const bool written = widget.grab().save(file);
    std::fprintf(written ? stdout : stderr, written ? "%s\n" : "cannot write %s\n", qPrintable(file));
    failed |= !written;
  };

  const auto media = kinora::media::createMediaService();
  kinora::test::StudioFixture studio(kinora::test::filmedMedia(*media));
  kinora::window::MainWindow& window = studio.window();
  window.resize(1920, 1080);
  window.show();
  settle(200);
  window.panelLayout().reset();
  studio.fillWithDemo();
  window.activateWindow();
  window.createPanel().focusPrompt();
  settle(3000);
  for (const QSize& size : {QSize(1920, 1080), QSize(1280, 720)}) {
    window.resize(size);
    settle(200);
    window.panelLayout().reset();
    settle(100);
    window.timelinePanel().fit();
    window.createPanel().focusPrompt();  // a panel that was docked anew has lost it
    inEveryLook(studio, [&](const QString& look) {
      landed(window);
      settle(800);
      save(window, QStringLiteral("studio-%1-%2").arg(look).arg(size.width()));
    });
  }
  takePrompts(studio, save);
  useControl(studio);
  window.resize(1920, 1080);
  inEveryLook(studio, [&](const QString& look) {
    settle(400);
    save(window.createPanel(), QStringLiteral("control-") + look);
  });
  window.showModels();
  inEveryLook(studio, [&](const QString& look) {
    settle(400);
    save(*window.modelsDialog(), QStringLiteral("models-") + look);
  });
  return failed ? 1 : 0;
}

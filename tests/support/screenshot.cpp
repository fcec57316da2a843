// SPDX-License-Identifier: GPL-3.0-or-later
// kinora-screenshot FOLDER: writes pictures of the filled window in both themes, both languages and two sizes.
#include <QApplication>
#include <QDir>
#include <QEventLoop>
#include <QTimer>
#include <cstdio>

#include "engine/media/media_service.h"
#include "tests/support/filmed_media.h"
#include "tests/support/studio_fixture.h"
#include "ui/create/create_panel.h"
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
  using Mode = kinora::widgets::Theme::Mode;
  int written = 0;
  for (const QSize& size : {QSize(1920, 1080), QSize(1280, 720)}) {
    window.resize(size);
    settle(200);
    window.panelLayout().reset();
    settle(100);
    window.timelinePanel().fit();
    window.createPanel().focusPrompt();  // a panel that was docked anew has lost it
    for (const auto& [mode, theme] : {std::pair(Mode::Dark, "dark"), std::pair(Mode::Light, "light")}) {
      studio.theme().setMode(mode);
      for (const char* code : {"en", "zh_CN"}) {
        studio.language().setCode(QString::fromLatin1(code));
        landed(window);
        settle(800);
        const QString file = folder.filePath(
            QStringLiteral("studio-%1-%2-%3.png").arg(QLatin1String(theme), QLatin1String(code)).arg(size.width()));
        if (!window.grab().save(file)) {
          std::fprintf(stderr, "cannot write %s\n", qPrintable(file));
          return 1;
        }
        std::printf("%s\n", qPrintable(file));
        ++written;
      }
    }
  }
  return written == 8 ? 0 : 1;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// kinora-screenshot FOLDER: writes pictures of the filled window in both themes, both languages and two sizes.
#include <QApplication>
#include <QDir>
#include <QEventLoop>
#include <QTimer>
#include <cstdio>

#include "tests/support/studio_fixture.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/icons.h"

namespace {

/// Lets thumbnails, plans and frames arrive.
void settle(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
  loop.exec();
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

  kinora::test::StudioFixture studio;
  kinora::window::MainWindow& window = studio.window();
  window.resize(1920, 1080);
  window.show();
  settle(200);
  window.panelLayout().reset();
  studio.fillWithDemo();
  settle(1500);
  using Mode = kinora::widgets::Theme::Mode;
  int written = 0;
  for (const QSize& size : {QSize(1920, 1080), QSize(1280, 720)}) {
    window.resize(size);
    settle(200);
    window.panelLayout().reset();
    settle(100);
    window.timelinePanel().fit();
    for (const auto& [mode, theme] : {std::pair(Mode::Dark, "dark"), std::pair(Mode::Light, "light")}) {
      studio.theme().setMode(mode);
      for (const char* code : {"en", "zh_CN"}) {
        studio.language().setCode(QString::fromLatin1(code));
        settle(400);
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QMessageBox>
#include <cstdio>

#include "app/runtime/paths.h"
#include "app/studio/application.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

/// The studio's main function; app/studio/main.cpp opens the library that this is in.
extern "C" __attribute__((visibility("default"))) int kinora_studio_main(int argc, char** argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("Kinora"));
  QApplication::setOrganizationName(QStringLiteral("Kinora"));
  QApplication::setApplicationVersion(QStringLiteral(KINORA_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("org.kinora.Kinora"));
  kinora::widgets::initResources();
  QApplication::setWindowIcon(kinora::widgets::applicationIcon());

  QCommandLineParser parser;
  parser.setApplicationDescription(
      QStringLiteral("Kinora: make short AI video on your own machine, cut it and export it."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addPositionalArgument(QStringLiteral("files"), QStringLiteral("A project, or media to begin with"),
                               QStringLiteral("[files…]"));
  parser.process(app);

  kinora::studio::Application studio(kinora::runtime::findPaths());
  if (const auto started = studio.start(parser.positionalArguments()); !started) {
    std::fprintf(stderr, "kinora: %s\n", started.error().text().c_str());
    // The application makes its theme with its window, which did not come to be.
    const kinora::widgets::Theme theme;
    QMessageBox::critical(nullptr, QStringLiteral("Kinora"), kinora::session::errorText(started.error()));
    return 1;
  }
  return QApplication::exec();
}

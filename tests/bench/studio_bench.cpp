// SPDX-License-Identifier: GPL-3.0-or-later
// Times the studio itself, offscreen: until the window is painted, its memory before inference is loaded, and how long
// the UI thread stalls while a clip is generated (a heartbeat of 2 ms; what it is late by is the stall).
//   kinora-bench-studio
#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "app/runtime/paths.h"
#include "app/studio/application.h"
#include "ui/create/create_panel.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/theme.h"
#include "ui/window/main_window.h"

namespace {

using kinora::session::EngineClient;

constexpr int kBeatMs = 2;

double residentMiB() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib / 1024;
  }
  return 0;
}

bool torchIsMapped() {
  std::ifstream maps("/proc/self/maps");
  const std::string text((std::istreambuf_iterator<char>(maps)), {});
  return text.find("libtorch_cpu") != std::string::npos;
}

/// Seconds since the kernel started this process (proc(5): stat, field 22, in clock ticks since boot).
double secondsSinceStart() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  text.erase(0, text.rfind(')') + 2);
  std::size_t at = 0;
  for (int field = 3; field < 22; ++field) at = text.find(' ', at) + 1;
  double uptime = 0;
  std::ifstream("/proc/uptime") >> uptime;
  return uptime - std::stod(text.substr(at)) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Notes how late each beat comes.
class Heartbeat : public QObject {
 public:
  Heartbeat() {
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kBeatMs);
    connect(&m_timer, &QTimer::timeout, this, [this] {
      const double gap = static_cast<double>(m_clock.nsecsElapsed()) / 1e6;
      m_clock.restart();
      m_late.push_back(std::max(0.0, gap - kBeatMs));
    });
  }
  void start() {
    m_clock.start();
    m_timer.start();
  }
  void print() {
    std::sort(m_late.begin(), m_late.end());
    const auto at = [this](double share) {
      return m_late[static_cast<std::size_t>(share * static_cast<double>(m_late.size() - 1))];
    };
    std::printf("UI stalls over %zu beats: median %.2f ms · 99 %% %.2f ms · 99.9 %% %.2f ms · worst %.2f ms\n",
                m_late.size(), at(0.5), at(0.99), at(0.999), m_late.back());
  }

 private:
  QTimer m_timer;
  QElapsedTimer m_clock;
  std::vector<double> m_late;
};

/// Runs on Paint of the window, once.
class FirstPaint : public QObject {
 public:
  using QObject::QObject;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::Paint && !m_painted) {
      m_painted = true;
      std::printf("window painted %.2f s after the process began · %.0f MiB · torch %s\n", secondsSinceStart(),
                  residentMiB(), torchIsMapped() ? "loaded" : "not loaded");
    }
    return QObject::eventFilter(watched, event);
  }

 private:
  bool m_painted = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (!std::getenv("OMP_WAIT_POLICY")) {
    // The program's launcher sets it before OpenMP is loaded; this one links what the launcher opens.
    setenv("OMP_WAIT_POLICY", "PASSIVE", 1);
    execv("/proc/self/exe", argv);
  }
  if (!std::getenv("QT_QPA_PLATFORM")) setenv("QT_QPA_PLATFORM", "offscreen", 1);
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("Kinora"));
  QApplication::setOrganizationName(QStringLiteral("Kinora"));
  const QTemporaryDir data;
  setenv("KINORA_DATA_DIR", qPrintable(data.path()), 1);
  kinora::studio::Application studio(kinora::runtime::findPaths());
  if (const auto started = studio.start({}); !started) {
    std::fprintf(stderr, "kinora-bench-studio: %s\n", started.error().text().c_str());
    return 1;
  }
  FirstPaint firstPaint;
  studio.mainWindow().installEventFilter(&firstPaint);
  Heartbeat heartbeat;
  EngineClient& client = studio.client();
  QObject::connect(&client, &EngineClient::engineStateChanged, &app, [&] {
    std::printf("inference loaded %.2f s after the process began · %.0f MiB · %s\n", secondsSinceStart(), residentMiB(),
                qPrintable(client.engineText()));
    heartbeat.start();
    studio.mainWindow().createPanel().generate(false);
  });
  QObject::connect(&client, &EngineClient::jobFinished, &app, [&] {
    heartbeat.print();
    app.exit();  // quit() would close the window, which asks about the unsaved project
  });
  QObject::connect(&client, &EngineClient::jobFailed, &app, [&](const QString&, const kinora::core::Error& error) {
    std::fprintf(stderr, "kinora-bench-studio: %s\n", error.text().c_str());
    app.exit(1);
  });
  return QApplication::exec();
}

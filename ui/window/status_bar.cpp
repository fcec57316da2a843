// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/status_bar.h"

#include <QEvent>
#include <QFile>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QSettings>
#include <QStorageInfo>
#include <QToolButton>
#include <algorithm>

#include "ui/session/engine_client.h"
#include "ui/session/project_store.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/progress_line.h"

namespace kinora::window {
namespace {

using widgets::Role;

constexpr int kRefreshMs = 2000;
constexpr int kBarWidth = 72;
constexpr int kDot = 8;
constexpr int kGapItems = 20;
constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

/// Value of a line of /proc/meminfo, in GiB; 0 if it is not there.
double memoryLine(const QByteArray& text, const QByteArray& name) {
  const qsizetype at = text.indexOf(name);
  if (at < 0) return 0;
  const qsizetype end = text.indexOf('\n', at);
  const QByteArray words = text.mid(at + name.size(), end - at - name.size()).simplified();
  return words.split(' ').value(0).toDouble() * 1024 / kGiB;
}

StatusBar::Machine measureMachine(const QString& folder) {
  StatusBar::Machine machine;
  QFile file(QStringLiteral("/proc/meminfo"));
  if (file.open(QIODevice::ReadOnly)) {
    const QByteArray text = file.readAll();
    machine.totalGiB = memoryLine(text, "MemTotal:");
    machine.usedGiB = machine.totalGiB - memoryLine(text, "MemAvailable:");
  }
  machine.freeDiskGiB = static_cast<double>(QStorageInfo(folder).bytesAvailable()) / kGiB;
  return machine;
}

/// "412 MB", "9.3 GB"
QString sizeText(std::uint64_t bytes) {
  const int digits = bytes >= (1u << 30) ? 1 : 0;
  return QLocale().formattedDataSize(static_cast<qint64>(bytes), digits, QLocale::DataSizeTraditionalFormat);
}

QHBoxLayout* row(int spacing) {
  auto* layout = new QHBoxLayout;
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  return layout;
}

}  // namespace

StatusBar::StatusBar(widgets::Theme& theme, session::EngineClient& client, session::ProjectFiles& files,
                     QWidget* parent)
    : QFrame(parent), m_theme(theme), m_client(client) {
  setFixedHeight(widgets::kStatusHeight);
  widgets::setStyleProperty(this, "bar", QStringLiteral("bottom"));
  m_dot = new QLabel(this);
  m_engine = new widgets::ElidedLabel(this);
  // As wide as its text where there is room.
  m_engine->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  widgets::setRole(m_engine, Role::Value);
  m_memoryLabel = widgets::makeLabel(Role::Value, this);
  m_memoryBar = new widgets::ProgressLine(theme, this);
  m_memoryBar->setQuiet(true);
  m_memoryBar->setFixedWidth(kBarWidth);
  m_memory = widgets::makeLabel(Role::Value, this);
  m_model = new QToolButton(this);
  m_model->setFont(widgets::uiFont(widgets::kLabelPx));
  m_model->setFixedHeight(widgets::kTextLine);
  m_disk = widgets::makeLabel(Role::Value, this);
  m_saved = widgets::makeLabel(Role::Value, this);

  auto* engine = row(widgets::kGapLabel);
  engine->addWidget(m_dot);
  engine->addWidget(m_engine, 1);
  auto* memory = row(widgets::kGapLabel);
  memory->addWidget(m_memoryLabel);
  memory->addWidget(m_memoryBar);
  memory->addWidget(m_memory);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(widgets::kPromptPaddingX, 0, widgets::kPromptPaddingX, 0);
  layout->setSpacing(kGapItems);
  layout->addLayout(engine);
  layout->addLayout(memory);
  layout->addWidget(m_model);
  layout->addWidget(m_disk);
  layout->addStretch(1);
  layout->addWidget(m_saved);

  connect(m_model, &QToolButton::clicked, this, [this] {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillModelMenu(*menu);
    // Above its button: the bar is the window's last line.
    menu->popup(m_model->mapToGlobal(QPoint(0, -menu->sizeHint().height())));
  });
  connect(&client, &session::EngineClient::residentChanged, this, &StatusBar::showModel);
  connect(&client, &session::EngineClient::engineStateChanged, this, &StatusBar::showEngine);
  connect(&theme, &widgets::Theme::changed, this, &StatusBar::showEngine);
  connect(&files, &session::ProjectFiles::saved, this, [this] {
    m_savedTime = QDateTime::currentDateTime();
    m_byHand = true;
    showSaved();
  });
  connect(&files.autosave(), &session::Autosave::saved, this, [this](const QDateTime& time) {
    m_savedTime = time;
    m_byHand = false;
    showSaved();
  });
  connect(&m_timer, &QTimer::timeout, this, [this] {
    measure();
    showSaved();
  });
  m_timer.start(kRefreshMs);
  measure();
  retranslate();
}

StatusBar::~StatusBar() {
  m_pool.waitForDone();
}

QString StatusBar::partName(const std::string& part) {
  if (part == "transformer") return tr("Transformer");
  if (part == "transformer_2") return tr("Second transformer");
  if (part == "text_encoder") return tr("Text encoder");
  if (part == "image_encoder") return tr("Image encoder");
  return tr("VAE");
}

void StatusBar::fillModelMenu(QMenu& menu) {
  const core::ResidentModel& resident = m_client.resident();
  for (const core::ResidentPart& part : resident.parts) {
    menu.addAction(tr("%1 · %2").arg(partName(part.name), sizeText(part.bytes)))->setEnabled(false);
  }
  if (!resident.parts.empty()) menu.addSeparator();
  QAction* keep = menu.addAction(tr("Keep models loaded between jobs"));
  keep->setCheckable(true);
  keep->setChecked(m_client.keepsModels());
  connect(keep, &QAction::toggled, this, [this](bool on) {
    QSettings().setValue(kKeepModelsSetting, on);
    m_client.setKeepsModels(on);
  });
  QAction* unload = menu.addAction(tr("Unload now"), &m_client, &session::EngineClient::unloadModels);
  unload->setEnabled(!resident.id.empty() && !m_client.isBusy());
}

void StatusBar::showModel() {
  const core::ResidentModel& resident = m_client.resident();
  const core::ModelInfo* model = m_client.models().find(resident.id);
  const QString name = QString::fromStdString(model ? model->name : resident.id);
  m_model->setText(name.isEmpty() ? tr("No model loaded") : tr("%1 loaded · %2").arg(name, sizeText(resident.bytes())));
}

void StatusBar::setMachine(const Machine& machine) {
  m_fixed = true;
  m_machine = machine;
  showMachine();
}

/// On a thread of its own: the file system may take its time.
void StatusBar::measure() {
  if (m_fixed || m_measuring) return;
  m_measuring = true;
  m_pool.start([this, folder = m_client.clipFolder()] {
    const Machine machine = measureMachine(folder);
    QMetaObject::invokeMethod(
        this, [this, machine] { setMeasured(machine); }, Qt::QueuedConnection);
  });
}

void StatusBar::setMeasured(const Machine& machine) {
  m_measuring = false;
  if (m_fixed) return;
  m_machine = machine;
  showMachine();
}

void StatusBar::showMachine() {
  const bool known = m_machine.totalGiB > 0;
  m_memoryLabel->setVisible(known);
  m_memoryBar->setVisible(known);
  m_memory->setVisible(known);
  if (known) {
    const QLocale locale;
    m_memoryBar->setValue(m_machine.usedGiB / m_machine.totalGiB);
    m_memory->setText(
        tr("%1 of %2 GB").arg(locale.toString(m_machine.usedGiB, 'f', 1), locale.toString(m_machine.totalGiB, 'f', 0)));
    m_memoryBar->setAccessibleName(tr("Memory") + QLatin1Char(' ') + m_memory->text());
  }
  m_disk->setVisible(m_machine.freeDiskGiB > 0);
  m_disk->setText(tr("Disk %1 GB free").arg(QLocale().toString(m_machine.freeDiskGiB, 'f', 0)));
}

void StatusBar::showEngine() {
  using State = session::EngineClient::EngineState;
  const widgets::Tokens& t = m_theme.tokens();
  const State state = m_client.engineState();
  QPixmap dot(QSize(kDot, kDot) * devicePixelRatioF());
  dot.setDevicePixelRatio(devicePixelRatioF());
  dot.fill(Qt::transparent);
  QPainter painter(&dot);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(state == State::Ready ? t.ok : state == State::Failed ? t.error : t.text3);
  painter.drawEllipse(QRectF(1, 1, kDot - 2, kDot - 2));
  painter.end();
  m_dot->setPixmap(dot);
  m_engine->setFullText(state == State::Loading  ? tr("Loading the engine…")
                        : state == State::Failed ? tr("Engine not available: %1").arg(m_client.engineText())
                                                 : m_client.engineText());
}

void StatusBar::showSaved() {
  if (!m_savedTime.isValid()) {
    m_saved->clear();
    return;
  }
  const qint64 seconds = std::max<qint64>(0, m_savedTime.secsTo(QDateTime::currentDateTime()));
  const QString when = seconds < 5      ? tr("just now")
                       : seconds < 60   ? tr("%1 s ago").arg(seconds)
                       : seconds < 3600 ? tr("%1 min ago").arg(seconds / 60)
                                        : QLocale().toString(m_savedTime.time(), QLocale::ShortFormat);
  m_saved->setText(m_byHand ? tr("Saved %1").arg(when) : tr("Autosaved %1").arg(when));
}

void StatusBar::retranslate() {
  setAccessibleName(tr("Status"));
  m_memoryLabel->setText(tr("Memory"));
  showMachine();
  showModel();
  showEngine();
  showSaved();
}

void StatusBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

}  // namespace kinora::window

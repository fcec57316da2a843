// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_dialog.h"

#include <QDir>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <cmath>

#include "engine/project/project_file.h"
#include "engine/render/exporter.h"
#include "ui/export/export_estimate.h"
#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/session/timecode.h"
#include "ui/widgets/action_button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/segmented_control.h"

namespace kinora::exporting {
namespace {

using widgets::Role;

const QString kPresetSetting = QStringLiteral("export/preset");
constexpr int kDialogWidth = 480;

/// "38 MB"; below one megabyte in kilobytes.
QString bytesText(double bytes) {
  constexpr double kKilo = 1000;
  const bool small = bytes < kKilo * kKilo;
  const double value = std::max(1.0, bytes / (small ? kKilo : kKilo * kKilo));
  return QStringLiteral("%1 %2").arg(QLocale().toString(std::lround(value)),
                                     small ? QStringLiteral("kB") : QStringLiteral("MB"));
}

}  // namespace

ExportDialog::ExportDialog(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
                           QWidget* parent)
    : QDialog(parent), m_document(document), m_client(client) {
  setModal(false);
  setMinimumWidth(kDialogWidth);
  build(theme);
  connect(m_preset, &QComboBox::currentIndexChanged, this, &ExportDialog::refresh);
  connect(m_range, &widgets::SegmentedControl::currentChanged, this, &ExportDialog::refresh);
  connect(m_path, &QLineEdit::textChanged, this, &ExportDialog::refresh);
  connect(m_browse, &QPushButton::clicked, this, &ExportDialog::choosePath);
  connect(m_export, &QAbstractButton::clicked, this, &ExportDialog::submit);
  connect(&document, &session::ProjectDocument::changed, this, &ExportDialog::refresh);
  retranslate();
}

void ExportDialog::build(widgets::Theme& theme) {
  m_presetLabel = widgets::makeLabel(Role::Label, this);
  m_rangeLabel = widgets::makeLabel(Role::Label, this);
  m_pathLabel = widgets::makeLabel(Role::Label, this);
  m_preset = new widgets::ChipCombo(theme, this);
  for (const render::ExportPreset& preset : m_client.presets())
    m_preset->addItem(QString(), QString::fromStdString(preset.id));
  const int last = m_preset->findData(QSettings().value(kPresetSetting));
  m_preset->setCurrentIndex(std::max(0, last));
  m_range = new widgets::SegmentedControl(this);
  m_range->addSegment({});
  m_range->addSegment({});
  m_path = new QLineEdit(this);
  m_browse = new QPushButton(this);
  m_summary = widgets::makeLabel(Role::Value, this);
  m_summary->setWordWrap(true);
  m_fault = widgets::makeLabel(Role::Fault, this);
  m_fault->setWordWrap(true);
  m_export = new widgets::ActionButton(theme, this);
  m_presetLabel->setBuddy(m_preset);
  m_pathLabel->setBuddy(m_path);

  auto* pathRow = new QHBoxLayout;
  pathRow->setSpacing(widgets::kGap);
  pathRow->addWidget(m_path, 1);
  pathRow->addWidget(m_browse);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(widgets::kPanelPadding, widgets::kPanelPadding, widgets::kPanelPadding,
                             widgets::kPanelPadding);
  layout->setSpacing(widgets::kGapLabel);
  const auto addField = [layout](QLabel* label, auto* field) {
    layout->addWidget(label);
    if constexpr (std::is_base_of_v<QLayout, std::remove_pointer_t<decltype(field)>>) {
      layout->addLayout(field);
    } else {
      layout->addWidget(field);
    }
    layout->addSpacing(widgets::kGap);
  };
  addField(m_presetLabel, m_preset);
  addField(m_rangeLabel, m_range);
  addField(m_pathLabel, pathRow);
  layout->addWidget(m_summary);
  layout->addWidget(m_fault);
  layout->addSpacing(widgets::kGap);
  layout->addWidget(m_export);
}

void ExportDialog::setMarkedRange(std::optional<std::pair<qint64, qint64>> range) {
  m_marked = range;
  m_range->setSegmentEnabled(1, range.has_value(), tr("Mark in and out in the monitor first (I and O)"));
  m_range->setCurrentIndex(range ? 1 : 0);
  refresh();
}

void ExportDialog::setPath(const QString& path) {
  m_path->setText(path);
}

QString ExportDialog::path() const {
  QString path = m_path->text().trimmed();
  if (!path.isEmpty() && !path.endsWith(QStringLiteral(".mp4"), Qt::CaseInsensitive)) path += QStringLiteral(".mp4");
  return path;
}

QString ExportDialog::suggestedPath() const {
  const QString file = m_document.file();
  const QString folder = file.isEmpty() ? QStandardPaths::writableLocation(QStandardPaths::MoviesLocation)
                                        : QFileInfo(file).absolutePath();
  const QString name = QString::fromStdString(m_document.project().name);
  return QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(name + QStringLiteral(".mp4"));
}

std::pair<qint64, qint64> ExportDialog::range() const {
  if (m_marked && m_range->currentIndex() == 1) return *m_marked;
  return {0, m_document.project().timeline.length()};
}

core::JobSpec ExportDialog::job() const {
  const project::Project& project = m_document.project();
  const std::string folder =
      QFileInfo(m_document.file().isEmpty() ? QDir::homePath() : m_document.file()).absolutePath().toStdString();
  core::JobSpec spec;
  spec.kind = core::JobKind::Export;
  spec.title = project.name;
  spec.output = QFileInfo(path()).absoluteFilePath().toStdString();
  const auto [from, to] = range();
  spec.exportSpec = {project::toJson(project, folder), folder, m_preset->currentData().toString().toStdString(), from,
                     to};
  return spec;
}

void ExportDialog::submit() {
  if (!m_export->isEnabled()) return;
  QSettings().setValue(kPresetSetting, m_preset->currentData());
  const auto id = m_client.submit(job());
  if (!id) {
    m_fault->setText(session::errorText(id.error()));
    m_fault->show();
    return;
  }
  Q_EMIT submitted(QString::fromStdString(*id));
  close();
}

void ExportDialog::choosePath() {
  const QString chosen = QFileDialog::getSaveFileName(this, tr("Export to"), path(), tr("MP4 video (*.mp4)"));
  if (!chosen.isEmpty()) m_path->setText(chosen);
}

void ExportDialog::refresh() {
  const project::Project& project = m_document.project();
  const auto [from, to] = range();
  const auto index = static_cast<std::size_t>(std::max(0, m_preset->currentIndex()));
  const render::ExportPreset preset =
      index < m_client.presets().size() ? m_client.presets()[index] : render::ExportPreset{};
  const core::Size size = render::exportSize(project.size, preset.shortSide);
  QStringList summary{tr("%1×%2 · %3 fps · %4")
                          .arg(size.width)
                          .arg(size.height)
                          .arg(project.fps.toDouble(), 0, 'g', 5)
                          .arg(session::shortTime(to - from, project.fps))};
  if (const double bytes = estimateBytes(project, from, to, size, preset.crf); bytes > 0)
    summary << QStringLiteral("≈ ") + bytesText(bytes);
  m_summary->setText(summary.join(QStringLiteral(" · ")));
  QString fault;
  const QFileInfo target(path());
  if (to <= from) {
    fault = tr("The timeline is empty. Place a clip first.");
  } else if (path().isEmpty()) {
    fault = tr("Choose a file to write.");
  } else if (!target.absoluteDir().exists()) {
    fault = tr("The folder %1 is not there.").arg(target.absolutePath());
  }
  m_fault->setText(fault);
  m_fault->setVisible(!fault.isEmpty());
  m_export->setEnabled(fault.isEmpty());
  m_export->setDetail(target.exists() && fault.isEmpty() ? tr("replaces the file") : QString());
}

void ExportDialog::retranslate() {
  setWindowTitle(tr("Export"));
  m_presetLabel->setText(tr("Quality"));
  m_rangeLabel->setText(tr("Range"));
  m_pathLabel->setText(tr("File"));
  for (int i = 0; i < m_preset->count(); ++i) {
    const QString id = m_preset->itemData(i).toString();
    const QString english = QString::fromStdString(m_client.presets()[static_cast<std::size_t>(i)].name);
    m_preset->setItemText(i, id == QStringLiteral("h264-high")       ? tr("High · for archives and further editing")
                             : id == QStringLiteral("h264-standard") ? tr("Standard · for sharing")
                             : id == QStringLiteral("h264-small")    ? tr("Small · for messages")
                                                                     : english);
  }
  m_range->setSegmentText(0, tr("Whole timeline"));
  m_range->setSegmentText(1, tr("In to out"));
  m_browse->setText(tr("Browse…"));
  m_export->setText(tr("Export"));
  m_preset->setAccessibleName(m_presetLabel->text());
  m_range->setAccessibleName(m_rangeLabel->text());
  m_path->setAccessibleName(m_pathLabel->text());
  refresh();
}

void ExportDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

void ExportDialog::showEvent(QShowEvent* event) {
  QDialog::showEvent(event);
  if (m_path->text().isEmpty()) m_path->setText(suggestedPath());
  refresh();
}

}  // namespace kinora::exporting

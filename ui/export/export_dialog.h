// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <optional>

#include "engine/core/job.h"
#include "ui/widgets/theme.h"

class QLabel;
class QLineEdit;
class QPushButton;

namespace kinora::session {
class EngineClient;
class ProjectDocument;
}  // namespace kinora::session

namespace kinora::widgets {
class ActionButton;
class ChipCombo;
class SegmentedControl;
}  // namespace kinora::widgets

namespace kinora::exporting {

/// Asks what to export and where, then puts a copy of the timeline into the queue; progress is shown there. Not modal:
/// editing goes on.
class ExportDialog : public QDialog {
  Q_OBJECT

 public:
  ExportDialog(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
               QWidget* parent);

  /// Marked range in timeline frames, [from, to); unset: only the whole timeline is offered.
  void setMarkedRange(std::optional<std::pair<qint64, qint64>> range);
  void setPath(const QString& path);
  QString path() const;
  /// The job as it would be submitted now.
  core::JobSpec job() const;

 Q_SIGNALS:
  void submitted(const QString& jobId);

 public Q_SLOTS:
  void submit();

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void build(widgets::Theme& theme);
  void refresh();
  void retranslate();
  void choosePath();
  QString suggestedPath() const;
  std::pair<qint64, qint64> range() const;

  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
  std::optional<std::pair<qint64, qint64>> m_marked;
  QLabel* m_presetLabel;
  QLabel* m_rangeLabel;
  QLabel* m_pathLabel;
  widgets::ChipCombo* m_preset;
  widgets::SegmentedControl* m_range;
  QLineEdit* m_path;
  QPushButton* m_browse;
  QLabel* m_summary;
  QLabel* m_fault;
  widgets::ActionButton* m_export;
};

}  // namespace kinora::exporting

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/credits/ledger_model.h"

#include <QDateTime>
#include <QLocale>
#include <algorithm>

#include "ui/session/engine_client.h"

namespace kinora::credits_ui {

LedgerModel::LedgerModel(session::EngineClient& client, QObject* parent)
    : QAbstractTableModel(parent), m_client(client) {
  reload();
}

void LedgerModel::reload() {
  beginResetModel();
  m_entries = m_client.ledger();
  std::reverse(m_entries.begin(), m_entries.end());
  endResetModel();
}

void LedgerModel::retranslate() {
  Q_EMIT headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
  if (!m_entries.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

QString LedgerModel::kindText(store::EntryKind kind) {
  switch (kind) {
    case store::EntryKind::Grant:
      return tr("Granted");
    case store::EntryKind::Reserve:
      return tr("Reserved");
    case store::EntryKind::Settle:
      return tr("Spent");
    case store::EntryKind::Refund:
      return tr("Returned");
  }
  return {};
}

int LedgerModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

int LedgerModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : ColumnCount;
}

QString LedgerModel::titleOf(const store::LedgerEntry& entry) const {
  const core::JobRecord* job = entry.job.empty() ? nullptr : m_client.job(entry.job);
  if (job && !job->spec.title.empty()) return QString::fromStdString(job->spec.title).simplified();
  // A job that was cleared from the queue is known by what its reserve was noted with.
  if (entry.kind != store::EntryKind::Reserve && !entry.job.empty()) {
    for (const store::LedgerEntry& other : m_entries) {
      if (other.job == entry.job && other.kind == store::EntryKind::Reserve) return titleOf(other);
    }
  }
  if (entry.kind == store::EntryKind::Grant && entry.note == "welcome") return tr("Welcome to Kinora");
  return QString::fromStdString(entry.note).simplified();
}

QString LedgerModel::cell(const store::LedgerEntry& entry, int column) const {
  switch (column) {
    case Time:
      return QLocale().toString(QDateTime::fromMSecsSinceEpoch(entry.time), QLocale::ShortFormat);
    case What:
      return kindText(entry.kind);
    case Job:
      return titleOf(entry);
    case Amount:
      return (entry.amount > 0 ? QStringLiteral("+") : QString()) + QString::number(entry.amount);
    case Balance:
      return QString::number(entry.balance);
    default:
      return {};
  }
}

QVariant LedgerModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const store::LedgerEntry& entry = m_entries.at(static_cast<std::size_t>(index.row()));
  if (role == Qt::DisplayRole) return cell(entry, index.column());
  if (role == Qt::ToolTipRole && index.column() == Job) return titleOf(entry);
  if (role == kKindRole) return static_cast<int>(entry.kind);
  if (role == Qt::TextAlignmentRole && index.column() >= Amount) return int(Qt::AlignRight | Qt::AlignVCenter);
  return {};
}

QVariant LedgerModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return int((section >= Amount ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case Time:
      return tr("Time");
    case What:
      return tr("What");
    case Job:
      return tr("Job");
    case Amount:
      return tr("Credits");
    case Balance:
      return tr("Available after");
    default:
      return {};
  }
}

void LedgerFilter::setKind(std::optional<store::EntryKind> kind) {
  m_kind = kind;
  invalidateFilter();
}

void LedgerFilter::setText(const QString& text) {
  m_text = text.trimmed();
  invalidateFilter();
}

bool LedgerFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QAbstractItemModel& source = *sourceModel();
  if (m_kind && source.index(row, LedgerModel::What, parent).data(LedgerModel::kKindRole).toInt() != int(*m_kind)) {
    return false;
  }
  if (m_text.isEmpty()) return true;
  for (int column = 0; column < source.columnCount(); ++column) {
    if (source.index(row, column, parent).data().toString().contains(m_text, Qt::CaseInsensitive)) return true;
  }
  return false;
}

QString toCsv(const QAbstractItemModel& model) {
  const auto cell = [](QString text) {
    // A number may begin with a sign; anything else that a spreadsheet takes for a formula is marked as text.
    bool isNumber = false;
    text.toLongLong(&isNumber);
    if (!isNumber && !text.isEmpty() && QStringLiteral("=+-@\t\r").contains(text.front()))
      text.prepend(QLatin1Char('\''));
    text.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    return QLatin1Char('"') + text + QLatin1Char('"');
  };
  QString csv;
  for (int row = -1; row < model.rowCount(); ++row) {
    QStringList cells;
    for (int column = 0; column < model.columnCount(); ++column) {
      const QVariant value = row < 0 ? model.headerData(column, Qt::Horizontal) : model.index(row, column).data();
      cells << cell(value.toString());
    }
    csv += cells.join(QLatin1Char(',')) + QStringLiteral("\r\n");
  }
  return csv;
}

}  // namespace kinora::credits_ui

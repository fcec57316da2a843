// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <optional>
#include <vector>

#include "engine/store/store.h"

namespace kinora::session {
class EngineClient;
}

namespace kinora::credits_ui {

/// The ledger as a table, newest entry first.
class LedgerModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { Time, What, Job, Amount, Balance, ColumnCount };
  /// Role of column What that gives the store::EntryKind as int.
  static constexpr int kKindRole = Qt::UserRole;

  explicit LedgerModel(session::EngineClient& client, QObject* parent = nullptr);

  /// Reads the ledger and the jobs' titles again.
  void reload();
  void retranslate();
  static QString kindText(store::EntryKind kind);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString cell(const store::LedgerEntry& entry, int column) const;
  QString titleOf(const store::LedgerEntry& entry) const;

  session::EngineClient& m_client;
  std::vector<store::LedgerEntry> m_entries;
};

/// Entries of one kind, or whose job, note or kind contains a text.
class LedgerFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setKind(std::optional<store::EntryKind> kind);
  void setText(const QString& text);

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  std::optional<store::EntryKind> m_kind;
  QString m_text;
};

/// What the model shows as CSV (RFC 4180, UTF-8, CRLF), heading first. Cells that a spreadsheet would run as a formula
/// are quoted with an apostrophe.
QString toCsv(const QAbstractItemModel& model);

}  // namespace kinora::credits_ui

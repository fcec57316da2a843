// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/credits/ledger_dialog.h"

#include <QEvent>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QTableView>
#include <QVBoxLayout>

#include "engine/credits/editions.h"
#include "ui/credits/ledger_model.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"

namespace kinora::credits_ui {

using namespace widgets;

namespace {
constexpr QSize kDialogSize(760, 520);
constexpr int kAnyKind = -1;
constexpr store::EntryKind kKinds[] = {store::EntryKind::Grant, store::EntryKind::Reserve, store::EntryKind::Settle,
                                       store::EntryKind::Refund};
}  // namespace

LedgerDialog::LedgerDialog(Theme& theme, session::EngineClient& client, QWidget* parent)
    : QDialog(parent),
      m_client(client),
      m_model(new LedgerModel(client, this)),
      m_filter(new LedgerFilter(this)),
      m_available(makeLabel(Role::Text, this)),
      m_totals(makeLabel(Role::Label, this)),
      m_kind(new ChipCombo(theme, this)),
      m_search(new QLineEdit(this)),
      m_table(new QTableView(this)),
      m_message(makeLabel(Role::Label, this)),
      m_export(new QPushButton(this)),
      m_close(new QPushButton(this)) {
  setModal(false);
  resize(kDialogSize);
  m_available->setFont(uiFont(kActionPx, QFont::DemiBold));
  m_search->setClearButtonEnabled(true);
  m_filter->setSourceModel(m_model);
  m_table->setModel(m_filter);
  m_table->setShowGrid(false);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setWordWrap(false);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(kControlHeight);
  m_table->horizontalHeader()->setHighlightSections(false);
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->horizontalHeader()->setSectionResizeMode(LedgerModel::Job, QHeaderView::Stretch);
  m_export->setAutoDefault(false);

  auto* filters = new QHBoxLayout;
  filters->setSpacing(kGap);
  filters->addWidget(m_kind);
  filters->addWidget(m_search, 1);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(kGap);
  buttons->addWidget(m_message, 1);
  buttons->addWidget(m_export);
  buttons->addWidget(m_close);
  auto* head = new QVBoxLayout;
  head->setSpacing(kGapSmall);
  head->addWidget(m_available);
  head->addWidget(m_totals);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(kPanelPadding, kPanelPadding, kPanelPadding, kPanelPadding);
  layout->setSpacing(kGapWide);
  layout->addLayout(head);
  layout->addLayout(filters);
  layout->addWidget(m_table, 1);
  layout->addLayout(buttons);

  connect(m_kind, &QComboBox::currentIndexChanged, this, [this] {
    const int kind = m_kind->currentData().toInt();
    m_filter->setKind(kind == kAnyKind ? std::nullopt : std::optional(static_cast<store::EntryKind>(kind)));
  });
  connect(m_search, &QLineEdit::textChanged, m_filter, &LedgerFilter::setText);
  connect(m_export, &QPushButton::clicked, this, &LedgerDialog::chooseExport);
  connect(m_close, &QPushButton::clicked, this, &QDialog::close);
  connect(&client, &session::EngineClient::balanceChanged, this, [this] {
    m_model->reload();
    refresh();
  });
  retranslate();
}

void LedgerDialog::retranslate() {
  setWindowTitle(tr("Credits"));
  const QVariant chosen = m_kind->currentData();
  m_kind->clear();
  m_kind->addItem(tr("All entries"), kAnyKind);
  for (const store::EntryKind kind : kKinds) m_kind->addItem(LedgerModel::kindText(kind), static_cast<int>(kind));
  m_kind->setCurrentIndex(chosen.isValid() ? m_kind->findData(chosen) : 0);
  m_kind->setAccessibleName(tr("Kind of entry"));
  m_search->setPlaceholderText(tr("Search jobs"));
  m_search->setAccessibleName(tr("Search jobs"));
  m_table->setAccessibleName(tr("Ledger"));
  m_export->setText(tr("Export CSV…"));
  m_close->setText(tr("Close"));
  m_model->retranslate();
  refresh();
}

void LedgerDialog::refresh() {
  const store::Balance balance = m_client.balance();
  m_available->setText(tr("%1 credits available").arg(balance.available));
  m_totals->setText(tr("%1 in total · %2 reserved by jobs · worth ¥%3")
                        .arg(balance.balance)
                        .arg(balance.reserved)
                        .arg(QString::fromStdString(credits::inYuan(balance.available))));
}

void LedgerDialog::chooseExport() {
  auto* dialog = new QFileDialog(this, tr("Export the ledger"), QString(), tr("CSV table (*.csv)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  dialog->selectFile(QStringLiteral("kinora-credits.csv"));
  connect(dialog, &QFileDialog::fileSelected, this, &LedgerDialog::exportCsv);
  dialog->open();
}

bool LedgerDialog::exportCsv(const QString& file) {
  QSaveFile out(file);
  // The mark tells spreadsheets that the text is UTF-8.
  const QByteArray bytes = QByteArrayLiteral("\xEF\xBB\xBF") + toCsv(*m_filter).toUtf8();
  const bool written = out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit();
  setRole(m_message, written ? Role::Ok : Role::Fault);
  m_message->setText(written ? tr("Entries written: %1").arg(m_filter->rowCount())
                             : tr("The file cannot be written: %1").arg(out.errorString()));
  return written;
}

void LedgerDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

}  // namespace kinora::credits_ui

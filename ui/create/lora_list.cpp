// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/lora_list.h"

#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/create/lora_row.h"
#include "ui/session/dropped_files.h"
#include "ui/widgets/card.h"
#include "ui/widgets/file_chooser.h"

namespace kinora::create {

using namespace widgets;

LoraList::LoraList(Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_label(makeLabel(Role::Label, this)),
      m_column(new QVBoxLayout(this)),
      m_add(new QPushButton(this)) {
  m_column->setContentsMargins(0, 0, 0, 0);
  m_column->setSpacing(kGapSmall);
  m_column->addWidget(m_label);
  m_column->addWidget(m_add, 0, Qt::AlignLeft);
  m_add->setProperty("link", true);
  m_add->setAutoDefault(false);
  connect(m_add, &QPushButton::clicked, this, &LoraList::browse);
  retranslate();
}

std::vector<core::LoraUse> LoraList::loras() const {
  std::vector<core::LoraUse> out;
  for (const LoraRow* row : m_rows) out.push_back(row->lora());
  return out;
}

void LoraList::setLoras(const std::vector<core::LoraUse>& loras) {
  for (LoraRow* row : m_rows) {
    row->hide();
    row->deleteLater();
  }
  m_rows.clear();
  for (const core::LoraUse& lora : loras) append(lora);
}

void LoraList::addFiles(const QStringList& files) {
  const std::size_t before = m_rows.size();
  for (const QString& file : files) {
    if (session::weightKind(file) != session::WeightKind::Lora) {
      Q_EMIT refused(file);
      continue;
    }
    const std::string path = QDir::cleanPath(QFileInfo(file).absoluteFilePath()).toStdString();
    const bool known =
        std::any_of(m_rows.begin(), m_rows.end(), [&](const LoraRow* row) { return row->file() == path; });
    if (!known) append({path, 1.0, {}});
  }
  if (m_rows.size() != before) Q_EMIT changed();
}

void LoraList::append(const core::LoraUse& lora) {
  auto* row = new LoraRow(m_theme, lora, this);
  row->setTwoExperts(m_twoExperts);
  m_rows.push_back(row);
  m_column->insertWidget(m_column->count() - 1, row);
  connect(row, &LoraRow::changed, this, &LoraList::changed);
  connect(row, &LoraRow::removeRequested, this, [this, row] { remove(row); });
}

void LoraList::remove(LoraRow* row) {
  std::erase(m_rows, row);
  row->hide();
  row->deleteLater();
  Q_EMIT changed();
}

void LoraList::browse() {
  const FileChoice choice{
      tr("Add LoRA files"), tr("LoRA files"), {QStringLiteral("safetensors")}, "create/loraFolder", true};
  chooseFiles(this, choice, [this](const QStringList& files) { addFiles(files); });
}

void LoraList::setTwoExperts(bool two) {
  m_twoExperts = two;
  for (LoraRow* row : m_rows) row->setTwoExperts(two);
}

void LoraList::retranslate() {
  m_label->setText(tr("LoRA"));
  m_add->setText(tr("Add LoRA…"));
  m_add->setToolTip(tr("Small files that teach the model a style, a person or a few-step schedule"));
  for (LoraRow* row : m_rows) row->retranslate();
}

}  // namespace kinora::create

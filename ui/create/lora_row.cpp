// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/lora_row.h"

#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/create/calm_spin_box.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icon_button.h"

namespace kinora::create {

using namespace widgets;

namespace {
constexpr double kMaxWeight = 10;  ///< as the planner's
constexpr double kStep = 0.05;
}  // namespace

LoraRow::LoraRow(Theme& theme, const core::LoraUse& lora, QWidget* parent)
    : QWidget(parent),
      m_file(lora.file),
      m_value(lora.weight),
      m_name(new ElidedLabel(this)),
      m_weight(new CalmSpinBox<QDoubleSpinBox>(this)),
      m_expert(new ChipCombo(theme, this)),
      m_remove(new IconButton(theme, "x", this)) {
  m_name->setElideMode(Qt::ElideMiddle);  // the ends of such names differ
  m_weight->setRange(-kMaxWeight, kMaxWeight);
  m_weight->setSingleStep(kStep);
  m_weight->setDecimals(2);
  m_weight->setValue(lora.weight);
  for (const char* expert : {"", "high", "low"}) m_expert->addItem(QString(), QString::fromLatin1(expert));
  m_expert->setCurrentIndex(std::max(0, m_expert->findData(QString::fromStdString(lora.expert))));
  m_expert->hide();
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(kGap);
  grid->setVerticalSpacing(kGapSmall);
  grid->addWidget(m_name, 0, 0);
  grid->addWidget(m_weight, 0, 1);
  grid->addWidget(m_remove, 0, 2);
  grid->addWidget(m_expert, 1, 0, 1, 3);
  grid->setColumnStretch(0, 1);
  connect(m_weight, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    m_value = value;
    Q_EMIT changed();
  });
  connect(m_expert, &QComboBox::currentIndexChanged, this, &LoraRow::changed);
  connect(m_remove, &QToolButton::clicked, this, &LoraRow::removeRequested);
  retranslate();
}

core::LoraUse LoraRow::lora() const {
  // A choice that the model does not have waits in its field.
  const std::string expert = m_expert->isVisibleTo(this) ? m_expert->currentData().toString().toStdString() : "";
  return {m_file, m_value, expert};
}

void LoraRow::setTwoExperts(bool two) {
  m_expert->setVisible(two);
}

void LoraRow::retranslate() {
  const QString name = QFileInfo(QString::fromStdString(m_file)).fileName();
  m_name->setFullText(name);
  m_weight->setAccessibleName(tr("Weight of %1").arg(name));
  m_weight->setToolTip(tr("How strongly this LoRA acts; 1 is its own strength, 0 is none, below 0 the opposite"));
  m_expert->setAccessibleName(tr("Expert of %1").arg(name));
  m_remove->setLabel(tr("Remove this LoRA"));
  const QSignalBlocker blocker(m_expert);
  const QString texts[] = {tr("Both experts, or as the file says"), tr("Expert for high noise"),
                           tr("Expert for low noise")};
  for (int i = 0; i < m_expert->count(); ++i) m_expert->setItemText(i, texts[i]);
}

}  // namespace kinora::create

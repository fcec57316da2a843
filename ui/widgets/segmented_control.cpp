// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/segmented_control.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPushButton>

#include "ui/widgets/tokens.h"

namespace kinora::widgets {
namespace {
constexpr int kInset = 3;
}

SegmentedControl::SegmentedControl(QWidget* parent)
    : QFrame(parent), m_group(new QButtonGroup(this)), m_layout(new QHBoxLayout(this)) {
  setProperty("segmented", true);
  m_layout->setContentsMargins(kInset, kInset, kInset, kInset);
  m_layout->setSpacing(0);
  connect(m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
    if (!on || id == m_current) return;
    m_current = id;
    Q_EMIT currentChanged(id);
  });
}

int SegmentedControl::addSegment(const QString& text) {
  const int index = count();
  auto* button = new QPushButton(text, this);
  button->setCheckable(true);
  button->setAutoDefault(false);
  button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  button->setProperty("focusRadius", kRadiusSegment);
  m_buttons.push_back(button);
  m_layout->addWidget(button, 1);
  m_group->addButton(button, index);
  if (index == 0) {
    m_current = 0;
    button->setChecked(true);
    setFocusProxy(button);
  }
  return index;
}

void SegmentedControl::setSegmentText(int index, const QString& text) {
  button(index)->setText(text);
}

void SegmentedControl::setSegmentToolTip(int index, const QString& text) {
  button(index)->setToolTip(text);
}

void SegmentedControl::setSegmentEnabled(int index, bool enabled, const QString& reason) {
  button(index)->setEnabled(enabled);
  button(index)->setToolTip(reason);
}

int SegmentedControl::currentIndex() const {
  return m_current;
}

void SegmentedControl::setCurrentIndex(int index) {
  if (index >= 0 && index < count()) button(index)->setChecked(true);
}

QPushButton* SegmentedControl::button(int index) const {
  return m_buttons.at(static_cast<std::size_t>(index));
}

}  // namespace kinora::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractSpinBox>
#include <QWheelEvent>

namespace kinora::create {

/// A number field that a wheel scrolls past: the panel scrolls, and nothing changes by accident.
template <class Base>
class CalmSpinBox : public Base {
 public:
  explicit CalmSpinBox(QWidget* parent) : Base(parent) { this->setButtonSymbols(QAbstractSpinBox::NoButtons); }

 protected:
  void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

}  // namespace kinora::create

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>
#include <cstdint>

#include "ui/widgets/theme.h"

class QLabel;

namespace kinora::widgets {
class IconButton;
}

namespace kinora::create {

/// "Seed 48213", with dice (another one) and lock (keep it after generating).
class SeedField : public QLineEdit {
  Q_OBJECT

 public:
  explicit SeedField(widgets::Theme& theme, QWidget* parent = nullptr);

  std::uint64_t seed() const { return m_seed; }
  void setSeed(std::uint64_t seed);
  bool isLocked() const;
  void setLocked(bool locked);
  /// A new seed, drawn from the system's source.
  void roll();
  void retranslate();
  widgets::IconButton* dice() const { return m_dice; }
  widgets::IconButton* lock() const { return m_lock; }

 Q_SIGNALS:
  void changed();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void place();

  QLabel* m_prefix;
  widgets::IconButton* m_dice;
  widgets::IconButton* m_lock;
  std::uint64_t m_seed = 0;
};

}  // namespace kinora::create

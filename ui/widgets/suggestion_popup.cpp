// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/suggestion_popup.h"

#include <QKeyEvent>
#include <algorithm>

#include "ui/widgets/tokens.h"

namespace kinora::widgets {

SuggestionPopup::SuggestionPopup(QTextEdit* field) : QListWidget(field), m_field(field) {
  setProperty("popup", true);
  setFocusPolicy(Qt::NoFocus);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setMouseTracking(true);
  setCursor(Qt::PointingHandCursor);
  setUniformItemSizes(true);
  setTextElideMode(Qt::ElideRight);
  hide();
  connect(this, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { Q_EMIT taken(row(item)); });
  field->installEventFilter(this);
  field->viewport()->installEventFilter(this);
}

void SuggestionPopup::offer(const QStringList& texts) {
  if (texts.isEmpty()) {
    dismiss();
    return;
  }
  clear();
  addItems(texts);
  setCurrentRow(-1);
  place();
  m_field->setProperty("keepsEscape", true);
  show();
  raise();
}

void SuggestionPopup::dismiss() {
  m_field->setProperty("keepsEscape", false);
  hide();
}

/// Below the line that is being typed, above it where the window ends.
void SuggestionPopup::place() {
  QWidget* const window = m_field->window();
  if (parentWidget() != window) setParent(window);
  ensurePolished();  // the style sheet's paddings count
  const int edge = 2 * (kGapSmall + kLine);
  const int rows = std::max(kSegmentHeight, sizeHintForRow(0)) * count();
  const QSize size(std::min(sizeHintForColumn(0) + edge, m_field->width()), rows + edge);
  const QRect line = m_field->cursorRect();
  const QPoint below = m_field->viewport()->mapTo(window, line.bottomLeft()) + QPoint(-kGap, kGapSmall);
  const QPoint left = m_field->mapTo(window, QPoint());
  const int most = left.x() + m_field->width() - size.width();
  int y = below.y();
  if (y + size.height() > window->height()) y -= size.height() + line.height() + 2 * kGapSmall;
  setGeometry(QRect(QPoint(std::clamp(below.x(), left.x(), most), y), size));
}

bool SuggestionPopup::eventFilter(QObject* watched, QEvent* event) {
  if (!isVisible()) return QListWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::ShortcutOverride:
      if (static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape) break;
      event->accept();
      return true;
    case QEvent::KeyPress:
      if (watched == m_field && steer(*static_cast<QKeyEvent*>(event))) return true;
      break;
    case QEvent::Move:
    case QEvent::Resize:
      place();
      break;
    case QEvent::FocusOut:
    case QEvent::Hide:
    case QEvent::MouseButtonPress:
    case QEvent::Wheel:
      dismiss();
      break;
    default:
      break;
  }
  return QListWidget::eventFilter(watched, event);
}

/// true: the key was for the list.
bool SuggestionPopup::steer(const QKeyEvent& key) {
  const bool plain = !(key.modifiers() & ~Qt::KeypadModifier);
  const int chosen = currentRow();
  switch (key.key()) {
    case Qt::Key_Escape:
      dismiss();
      return true;
    case Qt::Key_Down:
      if (!plain) break;
      setCurrentRow(std::min(chosen + 1, count() - 1));
      return true;
    case Qt::Key_Up:
      if (!plain || chosen < 0) break;
      setCurrentRow(chosen - 1);
      return true;
    case Qt::Key_Tab:
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (!plain || chosen < 0) break;
      Q_EMIT taken(chosen);
      return true;
    default:
      // A letter changes the text, and new suggestions follow; a lone Shift or Ctrl does nothing yet.
      if (!key.text().isEmpty() || key.key() == Qt::Key_Shift || key.key() == Qt::Key_Control) return false;
      break;
  }
  dismiss();
  return false;
}

}  // namespace kinora::widgets

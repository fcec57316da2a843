// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/prompt_edit.h"

#include <QMimeData>
#include <QTextBlock>

#include "ui/widgets/tokens.h"

namespace kinora::widgets {
namespace {

int codePoints(const QString& text) {
  int low = 0;
  for (const QChar c : text) low += c.isLowSurrogate() ? 1 : 0;
  return static_cast<int>(text.size()) - low;
}

bool isText(const QMimeData& data) {
  return data.hasText() && !data.hasUrls() && !data.hasImage();
}

}  // namespace

PromptEdit::PromptEdit(QWidget* parent) : QTextEdit(parent) {
  setAcceptRichText(false);
  setTabChangesFocus(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  document()->setDocumentMargin(kGapSmall);
  connect(this, &QTextEdit::textChanged, this, [this] {
    spaceLines();
    recount();
  });
  spaceLines();
}

void PromptEdit::setLimit(int characters) {
  m_limit = characters;
  Q_EMIT countChanged(m_count, m_limit);
}

QString PromptEdit::counterText() const {
  return QStringLiteral("%1 / %2").arg(m_count).arg(m_limit);
}

bool PromptEdit::canInsertFromMimeData(const QMimeData* source) const {
  return source && isText(*source);
}

void PromptEdit::insertFromMimeData(const QMimeData* source) {
  if (!source) return;
  if (isText(*source)) {
    insertPlainText(source->text());
  } else {
    Q_EMIT foreignPasted(source);
  }
}

/// The height of a line is a format of its paragraph, which each new text begins without.
void PromptEdit::spaceLines() {
  // Of a text that was just set there is nothing to take back.
  if (!document()->isUndoAvailable() && !document()->isRedoAvailable()) document()->setUndoRedoEnabled(false);
  for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
    if (block.blockFormat().lineHeightType() == QTextBlockFormat::FixedHeight) continue;
    QTextBlockFormat format;
    format.setLineHeight(kTextLine, QTextBlockFormat::FixedHeight);
    QTextCursor cursor(block);
    cursor.joinPreviousEditBlock();  // no undo step of its own
    cursor.mergeBlockFormat(format);
    cursor.endEditBlock();
  }
  document()->setUndoRedoEnabled(true);
}

void PromptEdit::recount() {
  const int now = codePoints(toPlainText());
  if (now == m_count) return;
  m_count = now;
  Q_EMIT countChanged(m_count, m_limit);
}

}  // namespace kinora::widgets

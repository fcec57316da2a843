// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/prompt_edit.h"

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

PromptEdit::PromptEdit(QWidget* parent) : QPlainTextEdit(parent) {
  setTabChangesFocus(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  document()->setDocumentMargin(kGapSmall);
  connect(this, &QPlainTextEdit::textChanged, this, &PromptEdit::recount);
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

void PromptEdit::recount() {
  const int now = codePoints(toPlainText());
  if (now == m_count) return;
  m_count = now;
  Q_EMIT countChanged(m_count, m_limit);
}

}  // namespace kinora::widgets

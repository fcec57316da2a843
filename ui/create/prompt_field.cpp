// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/prompt_field.h"

#include <QHBoxLayout>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QTextCursor>
#include <QTimer>

#include "ui/widgets/card.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/suggestion_popup.h"
#include "ui/widgets/tokens.h"

namespace kinora::create {

using namespace widgets;

namespace {

constexpr int kPromptHeight = 104;  ///< four lines
constexpr int kHintDelayMs = 800;   ///< after the last letter: half a word is unknown too
constexpr std::size_t kSuggestions = 5;
constexpr int kNamedWords = 4;
constexpr double kFarOutside = 0.5;  ///< a prompt of which the model knows less

/// A key that changes the text.
bool writes(const QKeyEvent& key) {
  if (key.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) return false;
  return key.key() == Qt::Key_Backspace || (!key.text().isEmpty() && key.text().front().isPrint());
}

}  // namespace

PromptField::PromptField(QWidget* parent)
    : QWidget(parent),
      m_label(makeLabel(Role::Label, this)),
      m_counter(makeLabel(Role::Hint, this)),
      m_edit(new PromptEdit(this)),
      m_hint(makeLabel(Role::Label, this)),
      m_popup(new SuggestionPopup(m_edit)),
      m_hintTimer(new QTimer(this)),
      m_guide(std::make_shared<ModelGuide>()) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(kGapLabel);
  auto* head = new QHBoxLayout;
  head->addWidget(m_label);
  head->addStretch();
  head->addWidget(m_counter);
  layout->addLayout(head);
  layout->addWidget(m_edit);
  layout->addWidget(m_hint);
  m_label->setBuddy(m_edit);
  m_edit->setFixedHeight(kPromptHeight);
  m_hint->setWordWrap(true);
  m_hint->hide();
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);  // spare height belongs below the form
  m_hintTimer->setSingleShot(true);
  m_hintTimer->setInterval(kHintDelayMs);
  m_edit->installEventFilter(this);
  connect(m_edit, &QTextEdit::textChanged, this, &PromptField::follow);
  connect(m_popup, &SuggestionPopup::taken, this, &PromptField::take);
  connect(m_hintTimer, &QTimer::timeout, this, &PromptField::showHint);
}

void PromptField::setModel(const QString& name, std::shared_ptr<const ModelGuide> guide) {
  if (name == m_name && guide == m_guide) return;
  m_name = name;
  m_guide = std::move(guide);
  m_popup->dismiss();
  showHint();
}

void PromptField::showCounter() {
  m_counter->setText(m_edit->counterText());
  setRole(m_counter, m_edit->isTooLong() ? Role::Fault : Role::Hint);
}

void PromptField::retranslate() {
  m_label->setText(tr("Prompt"));
  m_edit->setAccessibleName(tr("Prompt"));
  m_edit->setPlaceholderText(tr("A red car drives to the left along the beach at sunset, the camera follows"));
  m_popup->setAccessibleName(tr("Suggestions"));
  showHint();
}

bool PromptField::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    m_typing = writes(*static_cast<QKeyEvent*>(event));
  } else if (event->type() == QEvent::InputMethod) {
    const auto& input = *static_cast<QInputMethodEvent*>(event);
    m_composing = !input.preeditString().isEmpty();
    m_typing = !input.commitString().isEmpty();
    if (m_composing) m_popup->dismiss();
  }
  return QWidget::eventFilter(watched, event);
}

/// Formats change too; what counts is another text.
void PromptField::follow() {
  const QString text = m_edit->toPlainText();
  if (text == m_text) return;
  m_text = text;
  if (std::exchange(m_typing, false) && !m_composing) {
    suggest();
  } else {
    m_popup->dismiss();
  }
  // What is no longer wrong goes at once, what may be comes when the word is finished.
  if (m_hint->isVisibleTo(this)) showHint();
  m_hintTimer->start();
}

void PromptField::suggest() {
  const int at = m_edit->textCursor().position();
  const bool inWord = at < m_text.size() && m_text.at(at).isLetterOrNumber();
  m_suggestions.clear();
  if (!inWord) m_suggestions = m_guide->vocabulary.suggestions(m_text.left(at).toStdString(), kSuggestions);
  QStringList shown;
  for (const models::Suggestion& suggestion : m_suggestions) shown << QString::fromStdString(suggestion.text);
  m_popup->offer(shown);
}

void PromptField::take(int index) {
  const models::Suggestion suggestion = m_suggestions.at(static_cast<std::size_t>(index));
  QTextCursor cursor = m_edit->textCursor();
  cursor.beginEditBlock();
  cursor.movePosition(QTextCursor::Left, QTextCursor::KeepAnchor, static_cast<int>(suggestion.replaces));
  cursor.insertText(QString::fromStdString(suggestion.insert));
  m_typing = true;  // what comes next may be suggested
  cursor.endEditBlock();
  m_edit->setTextCursor(cursor);
}

void PromptField::showHint() {
  const models::Reading reading = m_guide->vocabulary.reading(m_text.toStdString());
  const bool outside = reading.knownShare < kFarOutside && !reading.unknown.empty();
  m_hint->setVisible(outside);
  if (!outside) return;
  QStringList words;
  for (const std::string& word : reading.unknown) words << QString::fromStdString(word);
  const bool more = words.size() > kNamedWords;
  const QString named =
      words.mid(0, kNamedWords).join(tr(", ", "between words")) + (more ? tr(" …", "more words") : QString());
  const QString& text = m_guide->examples.empty()
                            ? tr("%1 has not learnt: %2. It will do what it can.")
                            : tr("%1 has not learnt: %2. It will do what it can; the examples show what it knows.");
  m_hint->setText(text.arg(m_name, named));
}

}  // namespace kinora::create

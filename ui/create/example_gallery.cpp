// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/example_gallery.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/create/example_thumb.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/icon_button.h"

namespace kinora::create {

using namespace widgets;

namespace {
constexpr int kColumns = 3;
constexpr int kArrowSize = 24;
}  // namespace

ExampleGallery::ExampleGallery(Theme& theme, session::EngineClient& client, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_client(client),
      m_fold(new FoldSection(theme, this)),
      m_arrows(new QWidget),
      m_back(new IconButton(theme, "lt", m_arrows)),
      m_on(new IconButton(theme, "rt", m_arrows)),
      m_guide(std::make_shared<ModelGuide>()) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_fold);
  auto* content = new QWidget;
  m_row = new QHBoxLayout(content);
  m_row->setContentsMargins(0, 0, 0, 0);
  m_row->setSpacing(kGap);
  m_row->addStretch();
  m_fold->setContent(content);
  auto* arrows = new QHBoxLayout(m_arrows);
  arrows->setContentsMargins(0, 0, 0, 0);
  arrows->setSpacing(0);
  for (IconButton* arrow : {m_back, m_on}) {
    arrow->setFixedSize(kArrowSize, kArrowSize);
    arrows->addWidget(arrow);
  }
  m_fold->setCorner(m_arrows);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  hide();
  connect(m_back, &QToolButton::clicked, this, [this] { showPage(m_page - 1); });
  connect(m_on, &QToolButton::clicked, this, [this] { showPage(m_page + 1); });
  connect(m_fold, &FoldSection::expandedChanged, this, [this] { m_byHand = true; });
}

void ExampleGallery::setModel(const QString& name, std::shared_ptr<const ModelGuide> guide) {
  m_fold->setSummary(name);
  if (guide == m_guide) return;
  m_guide = std::move(guide);
  fill();
  setVisible(!m_guide->examples.empty());
}

void ExampleGallery::setPrompt(const QString& prompt) {
  if (m_byHand) return;
  const QSignalBlocker blocker(m_fold);
  m_fold->setExpanded(prompt.trimmed().isEmpty() || holds(prompt));
}

bool ExampleGallery::holds(const QString& prompt) const {
  const std::string text = prompt.toStdString();
  return std::any_of(m_guide->examples.begin(), m_guide->examples.end(),
                     [&](const models::Example& example) { return example.request.prompt == text; });
}

void ExampleGallery::retranslate() {
  m_fold->setTitle(tr("Examples"));
  m_back->setLabel(tr("Previous examples"));
  m_on->setLabel(tr("More examples"));
  fill();
}

bool ExampleGallery::isOpen() const {
  return m_fold->isExpanded();
}

std::vector<ExampleThumb*> ExampleGallery::shown() const {
  const int count = static_cast<int>(m_thumbs.size());
  const int last = std::min(count, (m_page + 1) * kColumns);
  return {m_thumbs.begin() + std::max(0, last - kColumns), m_thumbs.begin() + last};
}

/// Pictures for all examples; each reads its strip when it is first shown.
void ExampleGallery::fill() {
  for (ExampleThumb* thumb : m_thumbs) delete thumb;
  m_thumbs.clear();
  std::vector<models::Example> examples = m_guide->examples;
  const std::string language = QLocale().language() == QLocale::Chinese ? "zh" : "en";
  std::stable_partition(examples.begin(), examples.end(),
                        [&](const models::Example& example) { return example.language == language; });
  for (const models::Example& example : examples) {
    auto* thumb = new ExampleThumb(m_theme, m_client, example, this);
    connect(thumb, &QAbstractButton::clicked, this, [this, thumb] { Q_EMIT chosen(thumb->example().request); });
    m_row->insertWidget(m_row->count() - 1, thumb, 1);
    setTabOrder(m_thumbs.empty() ? static_cast<QWidget*>(m_on) : m_thumbs.back(), thumb);
    m_thumbs.push_back(thumb);
  }
  showPage(0);
}

int ExampleGallery::pages() const {
  return (static_cast<int>(m_thumbs.size()) + kColumns - 1) / kColumns;
}

/// Behind the last comes the first. The last is filled up with the end of the one before.
void ExampleGallery::showPage(int page) {
  const int count = std::max(1, pages());
  m_page = (page + count) % count;
  const std::vector<ExampleThumb*> visible = shown();
  for (ExampleThumb* thumb : m_thumbs)
    thumb->setVisible(std::find(visible.begin(), visible.end(), thumb) != visible.end());
  for (IconButton* arrow : {m_back, m_on}) arrow->setVisible(count > 1);
}

}  // namespace kinora::create

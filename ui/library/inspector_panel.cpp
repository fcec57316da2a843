// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/inspector_panel.h"

#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/library/recipe_text.h"
#include "ui/session/project_document.h"
#include "ui/session/timecode.h"
#include "ui/widgets/card.h"

namespace kinora::library {
namespace {

using widgets::Role;

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

}  // namespace

InspectorPanel::InspectorPanel(session::ProjectDocument& document, QWidget* parent)
    : QWidget(parent), m_document(document) {
  auto* content = new QWidget;
  m_title = widgets::makeLabel(Role::Text, content);
  m_title->setFont(widgets::uiFont(widgets::kTextPx, QFont::Medium));
  m_title->setWordWrap(true);
  m_empty = widgets::makeLabel(Role::Label, content);
  m_empty->setWordWrap(true);
  m_empty->setAlignment(Qt::AlignCenter);
  m_rows = new QWidget(content);
  m_form = new QFormLayout(m_rows);
  m_form->setContentsMargins(0, 0, 0, 0);
  m_form->setHorizontalSpacing(widgets::kGapWide);
  m_form->setVerticalSpacing(widgets::kGap);
  m_form->setRowWrapPolicy(QFormLayout::WrapLongRows);
  m_load = new QPushButton(content);
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(widgets::kPanelPadding, widgets::kPanelPaddingTop, widgets::kPanelPadding,
                             widgets::kPanelPaddingTop);
  layout->setSpacing(widgets::kGapWide);
  layout->addWidget(m_title);
  layout->addWidget(m_empty);
  layout->addWidget(m_rows);
  layout->addWidget(m_load);
  layout->addStretch(1);
  auto* scroll = new QScrollArea(this);
  scroll->setWidget(content);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);  // its values take the focus
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(scroll);

  connect(m_load, &QPushButton::clicked, this, [this] { Q_EMIT recipeRequested(m_recipe); });
  connect(&document, &session::ProjectDocument::changed, this, &InspectorPanel::refresh);
  connect(&document, &session::ProjectDocument::selectionChanged, this, &InspectorPanel::refresh);
  refresh();
}

void InspectorPanel::setAsset(const QString& id) {
  m_assetId = id;
  refresh();
}

void InspectorPanel::addRow(const QString& label, const QString& value) {
  auto* name = widgets::makeLabel(Role::Label, m_rows);
  name->setText(label);
  auto* words = widgets::makeLabel(Role::Text, m_rows);
  words->setText(value);
  words->setWordWrap(true);
  words->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  m_form->addRow(name, words);
}

void InspectorPanel::addClip(const project::Clip& clip) {
  const core::Rational fps = m_document.project().fps;
  addRow(tr("Starts at"), session::timecode(clip.start, fps));
  addRow(tr("Length"), session::timecode(clip.length, fps));
  if (clip.in > 0) addRow(tr("Trimmed at the head"), session::timecode(clip.in, fps));
}

void InspectorPanel::addAsset(const project::Asset& asset) {
  const core::ClipInfo& info = asset.info;
  addRow(tr("Picture size"), QStringLiteral("%1×%2").arg(info.size.width).arg(info.size.height));
  if (info.fps.isPositive()) addRow(tr("Frame rate"), tr("%1 fps").arg(info.fps.toDouble(), 0, 'g', 5));
  addRow(tr("File"), asset.offline ? tr("offline: %1").arg(text(info.path)) : text(info.path));
  for (const auto& [label, value] : recipeInWords(info.recipe)) addRow(label, value);
  m_recipe = text(info.recipe);
}

void InspectorPanel::refresh() {
  // Behind another tab it costs nothing.
  m_stale = !isVisible();
  if (m_stale) return;
  while (m_form->rowCount() > 0) m_form->removeRow(0);
  m_recipe.clear();
  const project::Project& project = m_document.project();
  const project::Clip* clip = nullptr;
  if (!m_document.selection().isEmpty()) clip = project.clip(m_document.selection().front().toStdString());
  const project::Asset* asset = project.asset(clip ? clip->asset : m_assetId.toStdString());
  if (clip) addClip(*clip);
  if (asset) addAsset(*asset);
  m_title->setText(asset ? text(asset->name) : QString());
  m_title->setVisible(asset);
  m_rows->setVisible(asset);
  m_empty->setVisible(!asset);
  m_empty->setText(tr("Select a clip or a take to see how it was made."));
  m_load->setText(tr("Load recipe"));
  m_load->setVisible(!m_recipe.isEmpty());
  setAccessibleName(tr("Inspector"));
}

void InspectorPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (m_stale) refresh();
}

void InspectorPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) refresh();
}

}  // namespace kinora::library

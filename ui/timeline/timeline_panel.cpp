// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_panel.h"

#include <QButtonGroup>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <cmath>

#include "ui/widgets/icon_button.h"

namespace kinora::timeline {
namespace {

constexpr int kSliderSteps = 200;
constexpr int kSliderWidth = 120;
constexpr int kSeparatorHeight = 16;

/// The slider is logarithmic: every step zooms by the same factor.
int toSlider(double zoom) {
  return static_cast<int>(std::lround(std::log(zoom / kLeastZoom) / std::log(kMostZoom / kLeastZoom) * kSliderSteps));
}
double fromSlider(int value) {
  return kLeastZoom * std::pow(kMostZoom / kLeastZoom, double(value) / kSliderSteps);
}

QFrame* line(QWidget* parent) {
  auto* frame = new QFrame(parent);
  frame->setFrameShape(QFrame::NoFrame);
  frame->setAutoFillBackground(true);
  frame->setBackgroundRole(QPalette::Mid);
  return frame;
}

}  // namespace

TimelinePanel::TimelinePanel(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
                             QWidget* parent)
    : QWidget(parent), m_theme(theme), m_view(new TimelineView(theme, document, client, this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(buildBar());
  QFrame* rule = line(this);
  rule->setFixedHeight(widgets::kLine);
  column->addWidget(rule);
  column->addWidget(m_view, 1);

  connect(m_view, &TimelineView::zoomChanged, this, &TimelinePanel::showZoom);
  connect(m_view, &TimelineView::toolChanged, this, [this] {
    m_select->setChecked(m_view->tool() == TimelineView::Tool::Select);
    m_blade->setChecked(m_view->tool() == TimelineView::Tool::Blade);
  });
  connect(m_view, &TimelineView::snappingChanged, m_snap, &QAbstractButton::setChecked);
  connect(m_view, &TimelineView::assetActivated, this, &TimelinePanel::assetActivated);
  connect(m_view, &TimelineView::refused, this, &TimelinePanel::refused);
  connect(m_view, &TimelineView::importFailed, this, &TimelinePanel::importFailed);
  retranslate();
  showZoom();
}

QWidget* TimelinePanel::buildBar() {
  auto* bar = new QWidget(this);
  bar->setFixedHeight(widgets::kBarHeight);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(widgets::kGapLabel, 0, widgets::kPanelPadding, 0);
  row->setSpacing(widgets::kGapSmall);
  const auto button = [&](const char* icon, bool checkable) {
    auto* made = new widgets::IconButton(m_theme, icon, bar);
    made->setCheckable(checkable);
    row->addWidget(made);
    return made;
  };
  m_select = button("sel", true);
  m_blade = button("cut", true);
  auto* tools = new QButtonGroup(this);
  tools->addButton(m_select);
  tools->addButton(m_blade);
  m_select->setChecked(true);
  row->addSpacing(widgets::kGapLabel);
  QFrame* separator = line(bar);
  separator->setFixedSize(widgets::kLine, kSeparatorHeight);
  row->addWidget(separator);
  row->addSpacing(widgets::kGapLabel);
  m_snap = button("mag", true);
  m_snap->setChecked(true);
  row->addStretch();
  m_percent = new QLabel(bar);
  m_percent->setFont(widgets::uiFont(widgets::kLabelPx));
  row->addWidget(m_percent);
  row->addSpacing(widgets::kGap);
  m_slider = new QSlider(Qt::Horizontal, bar);
  m_slider->setRange(0, kSliderSteps);
  m_slider->setFixedWidth(kSliderWidth);
  row->addWidget(m_slider);
  row->addSpacing(widgets::kGapSmall);
  m_fit = button("rip", false);

  connect(m_select, &QAbstractButton::clicked, this, &TimelinePanel::selectTool);
  connect(m_blade, &QAbstractButton::clicked, this, &TimelinePanel::bladeTool);
  connect(m_snap, &QAbstractButton::toggled, m_view, &TimelineView::setSnapping);
  connect(m_fit, &QAbstractButton::clicked, m_view, &TimelineView::fit);
  connect(m_slider, &QSlider::valueChanged, this, [this](int value) { m_view->setZoom(fromSlider(value)); });
  return bar;
}

void TimelinePanel::showZoom() {
  const QSignalBlocker blocker(m_slider);
  m_slider->setValue(toSlider(m_view->zoom()));
  m_percent->setText(tr("%1 %").arg(QLocale().toString(std::lround(m_view->zoom() * 100))));
}

void TimelinePanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

void TimelinePanel::retranslate() {
  setAccessibleName(tr("Timeline"));
  m_select->setLabel(tr("Select"), QStringLiteral("V"));
  m_blade->setLabel(tr("Blade"), QStringLiteral("B"));
  m_snap->setLabel(tr("Snap"), QStringLiteral("Ctrl+P"));
  m_fit->setLabel(tr("Fit the whole timeline"), QStringLiteral("0"));
  m_slider->setAccessibleName(tr("Zoom"));
  m_slider->setToolTip(tr("Zoom (=, −)"));
}

}  // namespace kinora::timeline

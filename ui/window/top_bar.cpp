// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/top_bar.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QMenuBar>
#include <QPainter>
#include <QProxyStyle>
#include <QPushButton>

#include "ui/session/project_document.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/segmented_control.h"

namespace kinora::window {
namespace {

constexpr int kDot = 8;
constexpr int kWorkspaceWidth = 66;

/// Menu titles without underlined letters; the keys work all the same.
class MenuBarStyle : public QProxyStyle {
 public:
  MenuBarStyle() : QProxyStyle(QStringLiteral("Fusion")) {}
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* result) const override {
    return hint == SH_UnderlineShortcut ? 0 : QProxyStyle::styleHint(hint, option, widget, result);
  }
};

QPixmap dotPixmap(const QColor& color, double dpr) {
  QPixmap pixmap(QSize(kDot, kDot) * dpr);
  pixmap.setDevicePixelRatio(dpr);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawEllipse(0, 0, kDot, kDot);
  return pixmap;
}

}  // namespace

TopBar::TopBar(widgets::Theme& theme, session::ProjectDocument& document, QWidget* parent)
    : QFrame(parent), m_theme(theme), m_document(document) {
  setFixedHeight(widgets::kTopBarHeight);
  widgets::setStyleProperty(this, "bar", QStringLiteral("top"));
  m_mark = new QLabel(this);
  auto* name = widgets::makeLabel(widgets::Role::Text, this);
  name->setText(QStringLiteral("Kinora"));
  name->setFont(widgets::uiFont(widgets::kTitlePx, QFont::DemiBold));
  m_menus = new QMenuBar(this);
  m_menus->setNativeMenuBar(false);
  auto* style = new MenuBarStyle;
  style->setParent(m_menus);
  m_menus->setStyle(style);
  m_menus->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  m_workspaces = new widgets::SegmentedControl(this);
  for (int i = 0; i < 3; ++i) {
    m_workspaces->addSegment({});
    m_workspaces->button(i)->setMinimumWidth(kWorkspaceWidth);
    m_workspaces->button(i)->setFocusPolicy(Qt::TabFocus);
  }
  m_project = new widgets::ElidedLabel(this);
  m_project->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  widgets::setRole(m_project, widgets::Role::Text);
  m_dot = new QLabel(this);

  auto* left = new QHBoxLayout;
  left->setSpacing(widgets::kGap);
  left->addWidget(m_mark);
  left->addWidget(name);
  left->addWidget(m_menus);
  left->addStretch(1);
  m_right = new QHBoxLayout;
  m_right->setSpacing(widgets::kGap);
  m_right->addWidget(m_project, 1);
  m_right->addWidget(m_dot);
  m_right->addSpacing(widgets::kGap);
  auto* layout = new QGridLayout(this);
  layout->setContentsMargins(widgets::kPromptPaddingX, 0, widgets::kPromptPaddingX, 0);
  layout->setHorizontalSpacing(widgets::kGap);
  layout->addLayout(left, 0, 0);
  layout->addWidget(m_workspaces, 0, 1, Qt::AlignCenter);
  layout->addLayout(m_right, 0, 2);
  // The switch stands in the middle of the window, whatever is on either side.
  layout->setColumnStretch(0, 1);
  layout->setColumnStretch(2, 1);

  connect(&document, &session::ProjectDocument::modifiedChanged, this, &TopBar::showProject);
  connect(&document, &session::ProjectDocument::fileChanged, this, &TopBar::showProject);
  connect(&document, &session::ProjectDocument::changed, this, &TopBar::showProject);
  connect(&theme, &widgets::Theme::changed, this, &TopBar::showTheme);
  showTheme();
  retranslate();
}

void TopBar::addWidget(QWidget* widget) {
  m_right->addWidget(widget);
}

void TopBar::showProject() {
  const std::string& name = m_document.project().name;
  const bool untitled = m_document.file().isEmpty() && name == project::newProject().name;
  m_project->setFullText(untitled ? tr("Untitled") : QString::fromStdString(name));
  m_dot->setVisible(m_document.isModified());
  m_dot->setToolTip(tr("Not saved yet (Ctrl+S)"));
  m_dot->setAccessibleName(tr("Not saved yet"));
}

void TopBar::showTheme() {
  m_mark->setPixmap(
      widgets::applicationIcon().pixmap(QSize(widgets::kIconSize, widgets::kIconSize), devicePixelRatioF()));
  m_dot->setPixmap(dotPixmap(m_theme.tokens().text2, devicePixelRatioF()));
}

void TopBar::retranslate() {
  m_workspaces->setAccessibleName(tr("Workspace"));
  const QString names[] = {tr("Create"), tr("Edit"), tr("Export")};
  for (int i = 0; i < m_workspaces->count(); ++i) {
    m_workspaces->setSegmentText(i, names[i]);
    m_workspaces->setSegmentToolTip(i, QStringLiteral("%1 (Alt+%2)").arg(names[i]).arg(i + 1));
  }
  showProject();
}

void TopBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

}  // namespace kinora::window

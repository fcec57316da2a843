// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/monitor_panel.h"

#include <QActionGroup>
#include <QButtonGroup>
#include <QDir>
#include <QDrag>
#include <QEvent>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHideEvent>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <utility>

#include "ui/preview/full_screen_view.h"
#include "ui/preview/job_preview_card.h"
#include "ui/preview/transport_bar.h"
#include "ui/session/engine_client.h"
#include "ui/session/playback.h"
#include "ui/session/timecode.h"
#include "ui/widgets/card.h"
#include "ui/widgets/icon_button.h"

namespace kinora::preview {
namespace {

constexpr int kDragPicture = 160;

/// A word in the bar: the chosen one stands out, the others are labels.
class WordButton : public QAbstractButton {
 public:
  WordButton(widgets::Theme& theme, QWidget* parent) : QAbstractButton(parent), m_theme(theme) {
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setFont(widgets::uiFont(widgets::kTextPx, QFont::Medium));
    setFocusPolicy(Qt::StrongFocus);
    connect(&m_theme, &widgets::Theme::changed, this, qOverload<>(&QWidget::update));
  }
  QSize sizeHint() const override {
    return {fontMetrics().horizontalAdvance(text()) + 2 * widgets::kGapSmall, widgets::kSmallControlHeight};
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const widgets::Tokens& tokens = m_theme.tokens();
    painter.setPen(isChecked() || underMouse() ? tokens.text1 : tokens.text2);
    painter.drawText(rect(), Qt::AlignCenter, text());
  }

 private:
  widgets::Theme& m_theme;
};

}  // namespace

MonitorPanel::MonitorPanel(widgets::Theme& theme, session::EngineClient& client, session::PlaybackController& playback,
                           QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_client(client),
      m_playback(playback),
      m_view(new PictureView(theme, this)),
      m_job(new JobPreviewCard(theme, client, m_view)),
      m_transport(new TransportBar(theme, playback, this)),
      m_grabFolder(client.clipFolder()) {
  startDrag = [this](QMimeData* mime, const QPixmap& pixmap) {
    auto* drag = new QDrag(this);
    drag->setMimeData(mime);
    drag->setPixmap(pixmap);
    drag->exec(Qt::CopyAction);
  };
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(buildBar());
  column->addWidget(m_view, 1);
  column->addWidget(m_transport);

  using session::PlaybackController;
  connect(&m_playback, &PlaybackController::frameReady, this, [this](const QImage& image) {
    // Of an empty timeline there is nothing to see but the hint.
    m_view->setImage(m_playback.length() > 0 ? image : QImage());
  });
  connect(&m_playback, &PlaybackController::modeChanged, this, &MonitorPanel::showMode);
  connect(&m_playback, &PlaybackController::lengthChanged, this, &MonitorPanel::showFrameSize);
  connect(&m_playback, &PlaybackController::failed, this, &MonitorPanel::failed);
  connect(m_view, &PictureView::usefulPixelsChanged, this, &MonitorPanel::updateRenderSize);
  connect(m_view, &PictureView::dragStarted, this, &MonitorPanel::dragFrame);
  connect(m_view, &PictureView::doubleClicked, this, &MonitorPanel::toggleFullScreen);
  connect(m_transport, &TransportBar::grabRequested, this, &MonitorPanel::grabFrame);
  connect(m_transport, &TransportBar::useAsStartRequested, this, &MonitorPanel::useFrameAsStart);
  retranslate();
  showMode();
}

MonitorPanel::~MonitorPanel() {
  delete m_full;
}

QWidget* MonitorPanel::buildBar() {
  auto* bar = new QWidget(this);
  bar->setFixedHeight(widgets::kBarHeight);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(widgets::kGap, 0, widgets::kGap, 0);
  row->setSpacing(widgets::kGap);
  m_program = new WordButton(m_theme, bar);
  m_source = new WordButton(m_theme, bar);
  auto* group = new QButtonGroup(this);
  group->addButton(m_program);
  group->addButton(m_source);
  row->addWidget(m_program);
  row->addWidget(m_source);
  row->addStretch(1);
  m_scaleButton = new QToolButton(bar);
  m_scaleButton->setProperty("menuLabel", true);
  m_scaleButton->setPopupMode(QToolButton::InstantPopup);
  m_scaleButton->setMenu(new QMenu(m_scaleButton));
  row->addWidget(m_scaleButton);
  row->addSpacing(widgets::kGapSmall);
  m_fullButton = new widgets::IconButton(m_theme, "full", bar);
  row->addWidget(m_fullButton);

  auto* scales = new QActionGroup(this);
  for (const auto scale : {PictureView::Scale::Fit, PictureView::Scale::Actual}) {
    QAction* action = m_scaleButton->menu()->addAction(QString());
    action->setCheckable(true);
    action->setChecked(scale == PictureView::Scale::Fit);
    scales->addAction(action);
    connect(action, &QAction::triggered, this, [this, scale] { setScale(scale); });
  }
  connect(m_program, &QAbstractButton::clicked, this,
          [this] { m_playback.setMode(session::PlaybackController::Mode::Program); });
  connect(m_source, &QAbstractButton::clicked, this,
          [this] { m_playback.setMode(session::PlaybackController::Mode::Source); });
  connect(m_fullButton, &QAbstractButton::clicked, this, &MonitorPanel::toggleFullScreen);
  return bar;
}

void MonitorPanel::setScale(PictureView::Scale scale) {
  m_view->setScale(scale);
  m_scaleButton->menu()->actions().at(scale == PictureView::Scale::Fit ? 0 : 1)->setChecked(true);
  retranslate();
}

void MonitorPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

void MonitorPanel::retranslate() {
  setAccessibleName(tr("Monitor"));
  m_program->setText(tr("Program"));
  m_program->setToolTip(tr("Show the timeline"));
  m_source->setText(tr("Source"));
  m_source->setToolTip(tr("Show one clip by itself"));
  const QList<QAction*> scales = m_scaleButton->menu()->actions();
  scales.at(0)->setText(tr("Fit"));
  scales.at(1)->setText(tr("100 %"));
  const bool fit = m_view->scale() == PictureView::Scale::Fit;
  m_scaleButton->setText((fit ? tr("Fit") : tr("100 %")) + QStringLiteral(" ▾"));
  m_scaleButton->setToolTip(tr("Size of the picture"));
  m_scaleButton->setAccessibleName(tr("Size of the picture"));
  m_fullButton->setLabel(tr("Full screen"), QStringLiteral("F11"));
  m_view->setAccessibleName(tr("Picture"));
  showMode();
}

void MonitorPanel::showMode() {
  const bool program = m_playback.mode() == session::PlaybackController::Mode::Program;
  (program ? m_program : m_source)->setChecked(true);
  m_view->setHint(program ? tr("Your film plays here. Describe a shot on the left and press Ctrl+Enter.")
                          : tr("Double-click a clip to look at it here."));
  showFrameSize();
}

void MonitorPanel::showFrameSize() {
  const core::Size size = m_playback.frameSize();
  m_view->setFrameSize({size.width, size.height});
  if (m_full) m_full->view().setFrameSize({size.width, size.height});
  if (m_playback.length() <= 0) m_view->setImage({});
}

void MonitorPanel::updateRenderSize() {
  if (m_full) return;  // the large view decides
  m_playback.setRenderSize(m_view->usefulPixels());
}

void MonitorPanel::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  if (!m_full && !event->spontaneous()) m_playback.pause();
}

void MonitorPanel::toggleFullScreen() {
  if (m_full) {
    m_full->close();
    return;
  }
  m_full = new FullScreenView(m_theme, m_playback, nullptr);
  connect(&m_full->view(), &PictureView::usefulPixelsChanged, this, [this] {
    if (m_full) m_playback.setRenderSize(m_full->view().usefulPixels());
  });
  connect(m_full, &FullScreenView::closed, this, [this] {
    m_full = nullptr;
    updateRenderSize();
  });
  m_full->showFullScreen();
}

QString MonitorPanel::freshGrabPath() const {
  const QString time = session::timecode(m_playback.position(), m_playback.fps()).replace(u':', u'-');
  const QDir folder(m_grabFolder);
  for (int number = 1;; ++number) {
    const QString tail = number == 1 ? QString() : QStringLiteral("-%1").arg(number);
    const QString path = folder.absoluteFilePath(QStringLiteral("frame-") + time + tail + QStringLiteral(".png"));
    if (!QFileInfo::exists(path)) return path;
  }
}

void MonitorPanel::writeFrame(std::function<void(const QString&)> done) {
  if (m_playback.length() <= 0) return;
  const QString path = freshGrabPath();
  m_playback.grabFrame(this, [this, path, done = std::move(done)](const core::Result<core::Frame>& frame) {
    if (!frame) {
      Q_EMIT failed(frame.error());
      return;
    }
    QDir().mkpath(QFileInfo(path).absolutePath());
    m_client.writePng(path, *frame, this, [this, path, done](const core::Result<void>& written) {
      if (written) {
        done(path);
      } else {
        Q_EMIT failed(written.error());
      }
    });
  });
}

void MonitorPanel::grabFrame() {
  writeFrame([this](const QString& path) { Q_EMIT frameGrabbed(path); });
}

void MonitorPanel::useFrameAsStart() {
  writeFrame([this](const QString& path) { Q_EMIT useAsStart(path); });
}

void MonitorPanel::dragFrame() {
  m_playback.pause();
  const QImage shown = m_view->image();
  // The file must be there before a drop can read it; it is written within a moment of the drag's begin.
  writeFrame([this, shown](const QString& path) {
    auto* mime = new QMimeData;
    mime->setUrls({QUrl::fromLocalFile(path)});
    mime->setImageData(shown);
    startDrag(mime, QPixmap::fromImage(
                        shown.scaled(kDragPicture, kDragPicture, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
  });
}

}  // namespace kinora::preview

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icons.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace kinora::widgets {
namespace {

QByteArray svgSource(const QString& name) {
  QFile file(QStringLiteral(":/kinora/icons/%1.svg").arg(name));
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QPixmap render(const QString& name, const QColor& color, const QSize& pixels) {
  const QString key = QStringLiteral("kinora:%1:%2:%3x%4")
                          .arg(name, color.name(QColor::HexArgb))
                          .arg(pixels.width())
                          .arg(pixels.height());
  QPixmap pixmap;
  if (QPixmapCache::find(key, &pixmap)) return pixmap;
  QByteArray source = svgSource(name);
  if (source.isEmpty()) return {};
  source.replace("currentColor", color.name(QColor::HexRgb).toLatin1());
  QSvgRenderer renderer(source);
  pixmap = QPixmap(pixels);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setOpacity(color.alphaF());
  const int side = std::min(pixels.width(), pixels.height());
  renderer.render(&painter, QRectF((pixels.width() - side) / 2.0, (pixels.height() - side) / 2.0, side, side));
  painter.end();
  QPixmapCache::insert(key, pixmap);
  return pixmap;
}

class TintedEngine : public QIconEngine {
 public:
  TintedEngine(QString name, QColor idle, QColor active, QColor on, QColor disabled)
      : m_name(std::move(name)), m_idle(idle), m_active(active), m_on(on), m_disabled(disabled) {}

  QIconEngine* clone() const override { return new TintedEngine(*this); }
  QString key() const override { return QStringLiteral("kinora-tinted"); }

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const double dpr = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
    painter->drawPixmap(rect, pixmap(rect.size() * dpr, mode, state));
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return render(m_name, colour(mode, state), size);
  }

 private:
  QColor colour(QIcon::Mode mode, QIcon::State state) const {
    if (mode == QIcon::Disabled) return m_disabled;
    if (state == QIcon::On) return m_on;
    return mode == QIcon::Active || mode == QIcon::Selected ? m_active : m_idle;
  }

  QString m_name;
  QColor m_idle, m_active, m_on, m_disabled;
};

}  // namespace

QPixmap iconPixmap(const Theme&, const char* name, const QColor& color, int px, double dpr) {
  const int pixels = qRound(px * dpr);
  QPixmap pixmap = render(QString::fromLatin1(name), color, {pixels, pixels});
  if (!pixmap.isNull()) pixmap.setDevicePixelRatio(dpr);
  return pixmap;
}

QPixmap iconPixmap(const Theme& theme, const char* name) {
  return iconPixmap(theme, name, theme.tokens().text2);
}

QIcon icon(const Theme& theme, const char* name) {
  const Tokens& t = theme.tokens();
  return QIcon(new TintedEngine(QString::fromLatin1(name), t.text2, t.text1, t.accent, t.text3));
}

QIcon icon(const Theme&, const char* name, const QColor& color) {
  return QIcon(new TintedEngine(QString::fromLatin1(name), color, color, color, color));
}

QIcon applicationIcon() {
  return QIcon(QStringLiteral(":/kinora/icons/kinora.svg"));
}

}  // namespace kinora::widgets

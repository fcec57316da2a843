// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QDir>
#include <QFontDatabase>
#include <QFontInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTest>
#include <QVBoxLayout>

#include "ui/widgets/focus_ring.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

using namespace kinora::widgets;

class TestTheme : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void readableTextHasContrast_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("dark") << true;
    QTest::newRow("light") << false;
  }

  void readableTextHasContrast() {
    QFETCH(bool, dark);
    const Tokens& t = dark ? darkTokens() : lightTokens();
    const std::pair<const char*, QColor> grounds[] = {{"bg0", t.bg0}, {"bg1", t.bg1}, {"bg2", t.bg2}, {"bg3", t.bg3}};
    for (const auto& [name, ground] : grounds) {
      QVERIFY2(contrastRatio(t.text1, ground) >= 4.5, name);
      QVERIFY2(contrastRatio(t.text2, ground) >= 4.5, name);
    }
    const QColor chosen = over(t.accentSoft, t.bg2);
    QVERIFY2(contrastRatio(t.text1, chosen) >= 4.5, "text 1 on a chosen card");
    QVERIFY2(contrastRatio(t.text2, chosen) >= 4.5, "text 2 on a chosen card");
    QVERIFY2(contrastRatio(t.error, t.bg1) >= 4.5, "faults on a panel");
  }

  void contrastOfBlackAndWhiteIsTwentyOne() {
    QVERIFY(std::abs(contrastRatio(Qt::black, Qt::white) - 21.0) < 1e-9);
    QVERIFY(std::abs(contrastRatio(Qt::white, Qt::white) - 1.0) < 1e-9);
    QCOMPARE(over(QColor(0, 0, 0, 0), Qt::white), QColor(Qt::white));
  }

  void bundledFontsAreUsed() {
    initResources();
    const QStringList families = QFontDatabase::families();
    QVERIFY(families.contains(QStringLiteral("Kinora Sans")));
    QVERIFY(families.contains(QStringLiteral("JetBrains Mono")));
    QCOMPARE(QFontInfo(uiFont()).family(), QStringLiteral("Kinora Sans"));
    QCOMPARE(QFontInfo(monoFont()).family(), QStringLiteral("JetBrains Mono"));
    QVERIFY(QFontInfo(monoFont()).fixedPitch());
    QCOMPARE(QFontInfo(uiFont()).pixelSize(), kTextPx);
  }

  void figuresAreTabularInEveryWeight() {
    initResources();
    for (const auto weight : {QFont::Normal, QFont::Medium, QFont::DemiBold}) {
      const QFontMetricsF metrics(uiFont(kTextPx, weight));
      const double zero = metrics.horizontalAdvance(QStringLiteral("0000000000"));
      for (int digit = 1; digit <= 9; ++digit) {
        const QString text(10, QLatin1Char(static_cast<char>('0' + digit)));
        QCOMPARE(metrics.horizontalAdvance(text), zero);
      }
    }
  }

  void styleSheetNamesOnlyKnownTokens() {
    initResources();
    const QString sheet = styleSheet(darkTokens());
    QVERIFY(!sheet.isEmpty());
    QVERIFY2(!sheet.contains(QLatin1Char('@')), qPrintable(sheet.mid(sheet.indexOf(QLatin1Char('@')), 40)));
    QVERIFY(sheet != styleSheet(lightTokens()));
  }

  void styleSheetHoldsNoLiterals() {
    initResources();
    QFile file(QStringLiteral(":/kinora/style/kinora.qss"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QString source = QString::fromUtf8(file.readAll());
    source.remove(QRegularExpression(QStringLiteral("/\\*.*?\\*/"), QRegularExpression::DotMatchesEverythingOption));
    const QRegularExpression literal(QStringLiteral("#[0-9A-Fa-f]{3,8}\\b|rgba?\\(|[1-9][0-9]*px"));
    const auto match = literal.match(source);
    QVERIFY2(!match.hasMatch(), qPrintable(match.captured(0)));
  }

  void everyIconRenders() {
    Theme theme(Theme::Mode::Dark);
    const QStringList files = QDir(QStringLiteral(":/kinora/icons")).entryList();
    QVERIFY(files.size() > 40);
    for (const QString& file : files) {
      QVERIFY2(QSvgRenderer(QStringLiteral(":/kinora/icons/") + file).isValid(), qPrintable(file));
      const QByteArray name = file.chopped(4).toLatin1();
      const QPixmap pixmap = iconPixmap(theme, name.constData(), Qt::white, 16, 2.0);
      QCOMPARE(pixmap.size(), QSize(32, 32));
      QCOMPARE(pixmap.devicePixelRatio(), 2.0);
      const QImage image = pixmap.toImage();
      bool drawn = false;
      for (int y = 0; y < image.height() && !drawn; ++y) {
        for (int x = 0; x < image.width() && !drawn; ++x) drawn = image.pixelColor(x, y).alpha() > 128;
      }
      QVERIFY2(drawn, name.constData());
    }
    QVERIFY(iconPixmap(theme, "no such icon", Qt::white).isNull());
    QVERIFY(!applicationIcon().isNull());
  }

  void iconsTakeTheThemesColours() {
    Theme theme(Theme::Mode::Dark);
    const auto strongest = [](const QPixmap& pixmap) {
      const QImage image = pixmap.toImage();
      QColor best(0, 0, 0, 0);
      for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
          if (image.pixelColor(x, y).alpha() > best.alpha()) best = image.pixelColor(x, y);
        }
      }
      return best.rgb();
    };
    QCOMPARE(strongest(icon(theme, "plus").pixmap(32, 32)), darkTokens().text2.rgb());
    QCOMPARE(strongest(icon(theme, "plus").pixmap(32, 32, QIcon::Disabled)), darkTokens().text3.rgb());
    QCOMPARE(strongest(icon(theme, "plus").pixmap(32, 32, QIcon::Normal, QIcon::On)), darkTokens().accent.rgb());
    theme.setMode(Theme::Mode::Light);
    QCOMPARE(strongest(icon(theme, "plus").pixmap(32, 32)), lightTokens().text2.rgb());
  }

  void switchingTellsOnceAndChangesPaletteAndSheet() {
    Theme theme(Theme::Mode::Dark);
    QVERIFY(theme.isDark());
    QCOMPARE(QApplication::palette().color(QPalette::Window), darkTokens().bg1);
    QSignalSpy spy(&theme, &Theme::changed);
    theme.setMode(Theme::Mode::Light);
    QCOMPARE(spy.count(), 1);
    QVERIFY(!theme.isDark());
    QCOMPARE(QApplication::palette().color(QPalette::Window), lightTokens().bg1);
    QVERIFY(qApp->styleSheet().contains(lightTokens().bg2.name()));
    theme.setMode(Theme::Mode::Light);
    QCOMPARE(spy.count(), 1);
  }

  void systemModeFollowsThePlatformsPalette() {
    Theme theme(Theme::Mode::Dark);
    theme.setMode(Theme::Mode::System);
    QApplication::setPalette(QPalette());
    const QPalette system = QApplication::palette();
    const bool dark = system.color(QPalette::Window).lightness() < system.color(QPalette::WindowText).lightness();
    QCOMPARE(theme.isDark(), dark);
    QEvent event(QEvent::ThemeChange);
    QApplication::sendEvent(qApp, &event);
    QCOMPARE(theme.isDark(), dark);
    QCOMPARE(theme.mode(), Theme::Mode::System);
  }

  void focusRingFollowsFields() {
    Theme theme(Theme::Mode::Dark);
    auto* ring = theme.findChild<FocusRing*>();
    QVERIFY(ring);
    QWidget window;
    auto* layout = new QVBoxLayout(&window);
    auto* field = new QLineEdit(&window);
    auto* button = new QPushButton(QStringLiteral("Go"), &window);
    layout->addWidget(field);
    layout->addWidget(button);
    window.resize(200, 120);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    field->setFocus(Qt::MouseFocusReason);
    QCOMPARE(ring->target(), field);
    button->setFocus(Qt::MouseFocusReason);
    QCOMPARE(ring->target(), nullptr);
    field->setFocus();
    QTest::keyClick(field, Qt::Key_Tab);
    QCOMPARE(ring->target(), button);
    // The accent border is painted around the button.
    const QPoint edge = button->mapTo(&window, QPoint(button->width() / 2, 0));
    QCOMPARE(window.grab().toImage().pixelColor(edge).rgb(), darkTokens().accent.rgb());
    button->hide();
    QVERIFY(ring->target() != button);
  }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"

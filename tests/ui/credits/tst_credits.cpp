// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>

#include "tests/support/panel_fixture.h"
#include "ui/credits/credits_chip.h"
#include "ui/credits/ledger_dialog.h"
#include "ui/credits/ledger_model.h"
#include "ui/widgets/chip_combo.h"

using namespace kinora;
using namespace kinora::credits_ui;

class TestCredits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_fixture = std::make_unique<test::UiFixture>();
    // One job that waits, one that was cancelled.
    addJob("Red car on the beach", 20);
    const core::JobId second = addJob("Fireworks, \"big\" ones", 35);
    QVERIFY(m_fixture->store().cancelJob(second).ok());
    QVERIFY(m_fixture->client().grant(5, QStringLiteral("=HYPERLINK(1)")).ok());
  }
  void cleanup() { m_fixture.reset(); }

  void chipShowsWhatIsAvailableAndFollowsIt() {
    CreditsChip chip(m_fixture->theme(), m_fixture->client());
    QCOMPARE(chip.accessibleName(), QStringLiteral("985 credits"));
    QVERIFY(chip.toolTip().contains(QStringLiteral("20 reserved")));
    const int width = chip.sizeHint().width();
    QVERIFY(m_fixture->client().grant(100000, QStringLiteral("more")).ok());
    QTRY_COMPARE(chip.accessibleName(), QStringLiteral("100985 credits"));
    QVERIFY(chip.sizeHint().width() > width);
    chip.resize(chip.sizeHint());
    test::shot(chip, QStringLiteral("credits-chip"));
  }

  void aClickOpensOneLedgerThatDoesNotBlock() {
    QWidget window;
    CreditsChip chip(m_fixture->theme(), m_fixture->client(), &window);
    chip.click();
    QVERIFY(chip.ledger());
    QVERIFY(!chip.ledger()->isModal());
    LedgerDialog* first = chip.ledger();
    chip.click();
    QCOMPARE(chip.ledger(), first);
    first->close();
    QTRY_VERIFY(!chip.ledger());
  }

  void ledgerListsEntriesNewestFirst() {
    LedgerModel model(m_fixture->client());
    QCOMPARE(model.rowCount(), 5);  // welcome, two reserves, refund, grant
    QCOMPARE(model.index(0, LedgerModel::Amount).data().toString(), QStringLiteral("+5"));
    QCOMPARE(model.index(4, LedgerModel::Amount).data().toString(), QStringLiteral("+1000"));
    QCOMPARE(model.index(1, LedgerModel::What).data().toString(), QStringLiteral("Returned"));
    QCOMPARE(model.index(1, LedgerModel::Job).data().toString(), QStringLiteral("Fireworks, \"big\" ones"));
    QCOMPARE(model.index(3, LedgerModel::Amount).data().toString(), QStringLiteral("-20"));
    QCOMPARE(model.index(3, LedgerModel::Balance).data().toString(), QStringLiteral("980"));
    QVERIFY(!model.index(2, LedgerModel::Time).data().toString().isEmpty());
  }

  void filtersByKindAndText() {
    LedgerDialog dialog(m_fixture->theme(), m_fixture->client());
    auto* kind = dialog.findChild<widgets::ChipCombo*>();
    auto* search = dialog.findChild<QLineEdit*>();
    const QAbstractItemModel* shown = dialog.table()->model();
    QCOMPARE(shown->rowCount(), 5);
    kind->setCurrentIndex(kind->findText(QStringLiteral("Reserved")));
    QCOMPARE(shown->rowCount(), 2);
    search->setText(QStringLiteral("-35"));
    QCOMPARE(shown->rowCount(), 1);
    kind->setCurrentIndex(0);
    search->setText(QStringLiteral("hyperlink"));
    QCOMPARE(shown->rowCount(), 1);
    search->setText(QStringLiteral("no such thing"));
    QCOMPARE(shown->rowCount(), 0);
  }

  void totalsAndYuanStandAbove() {
    LedgerDialog dialog(m_fixture->theme(), m_fixture->client());
    QString all;
    for (const QLabel* label : dialog.findChildren<QLabel*>()) all += label->text() + QLatin1Char('\n');
    QVERIFY2(all.contains(QStringLiteral("985 credits available")), qPrintable(all));
    QVERIFY2(all.contains(QStringLiteral("1005 in total")), qPrintable(all));
    QVERIFY2(all.contains(QStringLiteral("20 reserved")), qPrintable(all));
    QVERIFY2(all.contains(QString::fromUtf8("¥98.50")), qPrintable(all));
    dialog.show();
    test::shot(dialog, QStringLiteral("ledger-dark"));
    m_fixture->theme().setMode(widgets::Theme::Mode::Light);
    test::shot(dialog, QStringLiteral("ledger-light"));
  }

  void followsTheLedgerWhileOpen() {
    LedgerDialog dialog(m_fixture->theme(), m_fixture->client());
    QVERIFY(m_fixture->client().grant(1, QStringLiteral("more")).ok());
    QTRY_COMPARE(dialog.table()->model()->rowCount(), 6);
  }

  void exportsWhatIsShownAsCsv() {
    LedgerDialog dialog(m_fixture->theme(), m_fixture->client());
    dialog.findChild<QLineEdit*>()->setText(QStringLiteral("hyperlink"));
    const QString file = m_fixture->path(QStringLiteral("ledger.csv"));
    QVERIFY(dialog.exportCsv(file));
    QFile in(file);
    QVERIFY(in.open(QIODevice::ReadOnly));
    const QByteArray bytes = in.readAll();
    QVERIFY(bytes.startsWith("\xEF\xBB\xBF\"Time\",\"What\",\"Job\",\"Credits\",\"Available after\"\r\n"));
    QCOMPARE(bytes.count("\r\n"), 2);
    QVERIFY2(bytes.contains("\"'=HYPERLINK(1)\",\"+5\",\"985\"\r\n"), bytes.constData());
    QVERIFY(!dialog.exportCsv(m_fixture->path(QStringLiteral("no/such/folder/a.csv"))));
  }

  void csvQuotesQuotes() {
    QStandardItemModel model(1, 2);
    model.setHorizontalHeaderLabels({QStringLiteral("a"), QStringLiteral("b")});
    model.setItem(0, 0, new QStandardItem(QStringLiteral("say \"hi\", twice")));
    model.setItem(0, 1, new QStandardItem(QStringLiteral("-20")));
    QCOMPARE(toCsv(model), QStringLiteral("\"a\",\"b\"\r\n\"say \"\"hi\"\", twice\",\"-20\"\r\n"));
  }

 private:
  core::JobId addJob(const char* title, int credits) {
    core::JobSpec spec;
    spec.title = title;
    spec.credits = credits;
    spec.output = m_fixture->path(QStringLiteral("out.mp4")).toStdString();
    auto id = m_fixture->store().addJob(spec);
    if (!id) qFatal("job: %s", id.error().text().c_str());
    return *id;
  }

  std::unique_ptr<test::UiFixture> m_fixture;
};

QTEST_MAIN(TestCredits)
#include "tst_credits.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDoubleSpinBox>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <set>

#include "tests/support/panel_fixture.h"
#include "ui/create/advanced_section.h"
#include "ui/create/create_state.h"
#include "ui/create/edition_card.h"
#include "ui/create/edition_picker.h"
#include "ui/create/lora_list.h"
#include "ui/create/seed_field.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icon_button.h"

using namespace kinora;
using namespace kinora::create;

namespace {

constexpr const char* kLora = KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors";

}  // namespace

class TestCreateParts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { m_fixture = std::make_unique<test::UiFixture>(); }
  void cleanup() { m_fixture.reset(); }

  void stateSurvivesJson() {
    CreateState state;
    state.request.prompt = "气球 \"over\" the hills\n";
    state.request.startImage = "/a b/c.png";
    state.request.edition = "master@2.0";
    state.request.seed = 18446744073709551615ULL;
    state.request.guidance = 4.5;
    state.imageMode = true;
    state.variants = 3;
    state.seedLocked = true;
    const auto back = stateFromJson(toJson(state));
    QVERIFY(back.ok());
    QVERIFY(*back == state);
    // Other readers of recipes take it for a request.
    const auto request = core::requestFromJson(toJson(state));
    QVERIFY(request.ok());
    QVERIFY(*request == state.request);
  }

  void plainRecipeMeansItsPictureAndSeed() {
    core::GenerationRequest request;
    request.startImage = "/a.png";
    request.seed = 7;
    const auto state = stateFromJson(core::toJson(request));
    QVERIFY(state.ok());
    QVERIFY(state->imageMode);
    QVERIFY(state->seedLocked);
    QCOMPARE(state->variants, 1);
  }

  void brokenDraftsAreRefused_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no object") << QByteArray("[1]");
    QTest::newRow("cut") << QByteArray("{\"prompt\":\"a");
    QTest::newRow("wrong type") << QByteArray("{\"prompt\":4}");
  }
  void brokenDraftsAreRefused() {
    QFETCH(QByteArray, json);
    QVERIFY(!stateFromJson(json.toStdString()).ok());
  }

  void variantsFromAFileAreBounded() {
    QCOMPARE(stateFromJson(R"({"prompt":"a","panel":{"variants":999}})")->variants, 4);
    QCOMPARE(stateFromJson(R"({"prompt":"a","panel":{"variants":-3}})")->variants, 1);
  }

  void textModeLeavesPicturesOut() {
    CreateState state;
    state.request.startImage = "/a.png";
    QVERIFY(state.effective().startImage.empty());
    state.imageMode = true;
    QCOMPARE(state.effective().startImage, std::string("/a.png"));
  }

  void pickerHasACardForEachEditionAndDraft() {
    EditionPicker picker(m_fixture->theme(), m_fixture->editions());
    QVERIFY(picker.card("standard", "720p"));
    QVERIFY(picker.card("standard", "1080p"));
    QVERIFY(picker.card("master", "1080p"));
    QVERIFY(!picker.card("master", "720p"));
    QVERIFY(picker.draftCard()->isChecked());
    QVERIFY(!picker.current());
    QCOMPARE(picker.card("standard", "720p")->price(), QStringLiteral("20"));
    picker.setSeconds(10);
    QCOMPARE(picker.card("master", "1080p")->price(), QStringLiteral("200"));
  }

  void pickerGreysWhatTheModeCannotDo() {
    EditionPicker picker(m_fixture->theme(), m_fixture->editions());
    QVERIFY(!picker.card("standard", "720p")->isEnabled());
    QVERIFY(!picker.card("standard", "720p")->toolTip().isEmpty());
    QVERIFY(picker.card("master", "1080p")->isEnabled());
    picker.setImageMode(true);
    QVERIFY(picker.card("standard", "720p")->isEnabled());
  }

  void pickerOffersOlderVersions() {
    EditionPicker picker(m_fixture->theme(), m_fixture->editions());
    QSignalSpy spy(&picker, &EditionPicker::changed);
    picker.card("master", "1080p")->click();
    QCOMPARE(picker.edition(), std::string("master"));
    QCOMPARE(picker.versions()->count(), 2);
    QVERIFY(picker.versions()->isEnabled());
    picker.versions()->setCurrentIndex(1);
    Q_EMIT picker.versions()->activated(1);
    QCOMPARE(picker.edition(), std::string("master@2.0"));
    QCOMPARE(picker.current()->id, std::string("master-720p-2.0"));
    QCOMPARE(picker.card("master", "1080p")->detail(), QStringLiteral("720p"));
    QVERIFY(picker.card("master", "1080p")->isChecked());
    Q_EMIT picker.versions()->activated(0);
    QCOMPARE(picker.current()->id, std::string("master-1080p-2.1"));
    picker.draftCard()->click();
    QVERIFY(picker.edition().empty());
    QCOMPARE(spy.count(), 4);
  }

  void seedRollsLocksAndTakesTypedNumbers() {
    SeedField field(m_fixture->theme());
    QSignalSpy spy(&field, &SeedField::changed);
    field.setSeed(48213);
    QCOMPARE(field.text(), QStringLiteral("48213"));
    std::set<std::uint64_t> rolled;
    for (int i = 0; i < 8; ++i) {
      field.dice()->click();
      rolled.insert(field.seed());
    }
    QVERIFY(rolled.size() > 4);
    QVERIFY(!field.isLocked());
    field.clear();
    QTest::keyClicks(&field, QStringLiteral("x9876543210"));
    QCOMPARE(field.seed(), 9876543210ULL);
    QVERIFY(field.isLocked());
    QVERIFY(spy.count() >= 9);
  }

  void advancedReadsBackWhatItShows() {
    AdvancedSection section(m_fixture->theme(), m_fixture->models());
    core::GenerationRequest request;
    section.read(request);
    QVERIFY(request == core::GenerationRequest());
    request.size = {160, 96};
    request.frames = 33;
    request.steps = 12;
    request.guidance = 0.0;
    request.shift = 5.0;
    request.sampler = "euler";
    request.guidanceKind = "cfg-zero";
    request.nag = core::NagUse{7};
    request.skipLayers.blocks = {2, 3};
    request.cache = "firstblock";
    request.cacheThreshold = 0.12;
    request.detail = "off";
    if (!m_fixture->models().models().empty()) request.model = m_fixture->models().models().front().id;
    QSignalSpy spy(&section, &AdvancedSection::changed);
    section.setRequest(request);
    core::GenerationRequest back;
    section.read(back);
    QVERIFY(back == request);
    QCOMPARE(spy.count(), 0);
    section.findChild<QPushButton*>()->click();
    section.read(back);
    QVERIFY(back == core::GenerationRequest());
    QCOMPARE(spy.count(), 1);
  }

  void advancedKeepsWhatItDoesNotShow() {
    AdvancedSection section(m_fixture->theme(), m_fixture->models());
    core::GenerationRequest request;
    request.nag = core::NagUse{7, 3, 0.5};
    request.skipLayers = {{1}, 2, 0.2, 0.6};
    section.setRequest(request);
    core::GenerationRequest back = request;
    back.nag->scale = 1;
    back.skipLayers.blocks = {4};
    section.read(back);
    QVERIFY(back == request);
  }

  void advancedNamesTheSamplersOwnValues() {
    AdvancedSection section(m_fixture->theme(), m_fixture->models());
    core::ModelInfo model;
    model.steps = 50;
    model.shift = 8;
    model.guidance = 5;
    section.setAutoModel(&model);
    const auto ints = section.findChildren<QSpinBox*>();
    QCOMPARE(ints.at(1)->specialValueText(), QStringLiteral("Auto (50)"));
    core::GenerationRequest request;
    request.sampler = "lightx2v";
    section.setRequest(request);
    QCOMPARE(ints.at(1)->specialValueText(), QStringLiteral("Auto (4)"));
    const auto doubles = section.findChildren<QDoubleSpinBox*>();
    QCOMPARE(doubles.at(0)->specialValueText(), QStringLiteral("Auto (1)"));
    QCOMPARE(doubles.at(1)->specialValueText(), QStringLiteral("Auto (5)"));
    // The threshold is there with caching only.
    QVERIFY(!doubles.at(3)->isEnabled());
    request.cache = "teacache";
    section.setRequest(request);
    QVERIFY(doubles.at(3)->isEnabled());
    QCOMPARE(doubles.at(3)->specialValueText(), QStringLiteral("Auto (0.1)"));
  }

  void advancedTakesLayersOnlyAsNumbers() {
    AdvancedSection section(m_fixture->theme(), m_fixture->models());
    auto* layers = section.findChild<QLineEdit*>(QStringLiteral("skipLayers"));
    QVERIFY(layers);
    QTest::keyClicks(layers, QStringLiteral("9x, ,10,"));
    core::GenerationRequest request;
    section.read(request);
    QVERIFY((request.skipLayers.blocks == std::vector<int>{9, 10}));
    layers->clear();
    section.read(request);
    QVERIFY(request == core::GenerationRequest());
  }

  void advancedRemembersItself() {
    {
      AdvancedSection section(m_fixture->theme(), m_fixture->models());
      section.findChildren<QSpinBox*>().at(1)->setValue(17);
    }
    AdvancedSection again(m_fixture->theme(), m_fixture->models());
    core::GenerationRequest request;
    again.read(request);
    QCOMPARE(request.steps, 17);
  }

  void lorasReadBackWhatTheyShow() {
    LoraList list(m_fixture->theme());
    QSignalSpy spy(&list, &LoraList::changed);
    list.setLoras({{"/models/film look.safetensors", 0.1234, {}}, {"/models/b.safetensors", -1, "low"}});
    QCOMPARE(spy.count(), 0);
    // Without experts there is no choice; it waits.
    QVERIFY(list.loras() ==
            (std::vector<core::LoraUse>{{"/models/film look.safetensors", 0.1234}, {"/models/b.safetensors", -1}}));
    list.setTwoExperts(true);
    QCOMPARE(list.loras()[1].expert, std::string("low"));
    const auto names = list.findChildren<widgets::ElidedLabel*>();
    QCOMPARE(names.at(0)->fullText(), QStringLiteral("film look.safetensors"));

    list.findChildren<QDoubleSpinBox*>().at(0)->setValue(0.75);
    QCOMPARE(list.loras()[0].weight, 0.75);
    list.findChildren<widgets::ChipCombo*>().at(0)->setCurrentIndex(1);
    QCOMPARE(list.loras()[0].expert, std::string("high"));
    QCOMPARE(spy.count(), 2);
    list.findChildren<widgets::IconButton*>().at(0)->click();
    QCOMPARE(list.loras().size(), std::size_t(1));
    QCOMPARE(list.loras()[0].file, std::string("/models/b.safetensors"));
    QCOMPARE(spy.count(), 3);
  }

  void addedLorasHaveTheirOwnStrengthAndComeOnce() {
    LoraList list(m_fixture->theme());
    QSignalSpy spy(&list, &LoraList::changed);
    const QString a = m_fixture->path(QStringLiteral("a.safetensors"));
    const QString b = m_fixture->path(QStringLiteral("b.safetensors"));
    for (const QString& file : {a, b}) QVERIFY(QFile::copy(QString::fromUtf8(kLora), file));
    list.addFiles({a, m_fixture->path(QStringLiteral("./b.safetensors")), a});
    QCOMPARE(spy.count(), 1);
    QVERIFY(list.loras() == (std::vector<core::LoraUse>{{a.toStdString()}, {b.toStdString()}}));
    list.addFiles({a});
    QCOMPARE(spy.count(), 1);
  }

  void whatIsNoLoraIsRefused() {
    LoraList list(m_fixture->theme());
    QSignalSpy refused(&list, &LoraList::refused);
    const QString part =
        QStringLiteral(KINORA_SOURCE_DIR "/resources/models/mini/transformer/diffusion_pytorch_model.safetensors");
    list.addFiles({part, m_fixture->path(QStringLiteral("none.safetensors"))});
    QCOMPARE(refused.count(), 2);
    QCOMPARE(refused.at(0).at(0).toString(), part);
    QVERIFY(list.loras().empty());
  }

  void numbersHaveNoNeedlessZeros() {
    QCOMPARE(AdvancedSection::number(4), QStringLiteral("4"));
    QCOMPARE(AdvancedSection::number(4.5), QStringLiteral("4.5"));
    QCOMPARE(AdvancedSection::number(1.0 / 3), QStringLiteral("0.33"));
  }

 private:
  std::unique_ptr<test::UiFixture> m_fixture;
};

QTEST_MAIN(TestCreateParts)
#include "tst_create_parts.moc"

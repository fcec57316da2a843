// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>
#include <QUrl>

#include "engine/core/generation_request.h"
#include "engine/project/edit.h"
#include "tests/support/panel_fixture.h"
#include "ui/library/asset_model.h"
#include "ui/library/inspector_panel.h"
#include "ui/library/library_panel.h"
#include "ui/library/recipe_text.h"
#include "ui/widgets/icons.h"

using namespace kinora;
using library::AssetModel;
using library::LibraryPanel;

class TestLibraryPanel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init();
  void cleanup();
  void showsTakesNewestFirst();
  void searchesNamesAndRecipes();
  void filters();
  void starIsUndone();
  void selectionSurvivesANewTake();
  void rejectedSinks();
  void removesOnlyWhatNoClipShows();
  void dragCarriesIdAndFile();
  void inspectorTellsTheRecipe();
  void recipeTellsOfControl();
  void brokenRecipeTellsNothing();

 private:
  project::Id add(const char* name, bool generated, std::int64_t time, const project::Id& group = {});
  AssetModel& model() { return m_panel->model(); }
  QStringList names();

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<LibraryPanel> m_panel;
};

void TestLibraryPanel::init() {
  m_fixture = std::make_unique<test::UiFixture>();
  m_fixture->document().open(project::newProject(), {});
  m_panel = std::make_unique<LibraryPanel>(m_fixture->theme(), m_fixture->document(), m_fixture->client());
}

void TestLibraryPanel::cleanup() {
  m_panel.reset();
  m_fixture.reset();
}

project::Id TestLibraryPanel::add(const char* name, bool generated, std::int64_t time, const project::Id& group) {
  project::Asset asset;
  asset.id = project::newId("asset-");
  asset.name = name;
  asset.generated = generated;
  asset.createdAt = time;
  asset.takeGroup = group.empty() ? asset.id : group;
  asset.info.path = m_fixture->path(QString::fromLatin1(name)).toStdString();
  asset.info.size = {1280, 720};
  asset.info.fps = core::Rational(24);
  asset.info.frames = 120;
  asset.info.duration = core::Rational(5);
  if (generated) {
    core::GenerationRequest request;
    request.prompt = "a lighthouse at dusk";
    request.seed = 42;
    request.steps = 8;
    asset.info.recipe = core::toJson(request);
  }
  const auto done = m_fixture->document().edit(QStringLiteral("add"), [&](project::Project& p) -> core::Result<void> {
    p.assets.push_back(asset);
    return {};
  });
  if (!done) qFatal("%s", done.error().text().c_str());
  return asset.id;
}

QStringList TestLibraryPanel::names() {
  QStringList found;
  for (int row = 0; row < model().rowCount(); ++row) found << model().index(row).data().toString();
  return found;
}

void TestLibraryPanel::showsTakesNewestFirst() {
  const auto first = add("one", true, 1);
  add("two", true, 2, first);
  QCOMPARE(names(), QStringList({QStringLiteral("two"), QStringLiteral("one")}));
  QCOMPARE(model().index(0).data(AssetModel::TakeRole).toString(), QStringLiteral("take 2/2"));
  QVERIFY(model().index(0).data(AssetModel::DetailsRole).toString().contains(QStringLiteral("1280×720")));
}

void TestLibraryPanel::searchesNamesAndRecipes() {
  add("one", true, 1);
  add("waves.mp4", false, 2);
  auto* search = m_panel->findChild<QLineEdit*>();
  search->setText(QStringLiteral("LIGHTHOUSE"));
  QCOMPARE(names(), QStringList{QStringLiteral("one")});
  search->setText(QStringLiteral("wav"));
  QCOMPARE(names(), QStringList{QStringLiteral("waves.mp4")});
  search->setText(QStringLiteral("nothing like this"));
  QVERIFY(names().isEmpty());
}

void TestLibraryPanel::filters() {
  add("made", true, 1);
  add("waves.mp4", false, 2);
  model().setFilter(library::Filter::Generated);
  QCOMPARE(names(), QStringList{QStringLiteral("made")});
  model().setFilter(library::Filter::Imported);
  QCOMPARE(names(), QStringList{QStringLiteral("waves.mp4")});
  model().setFilter(library::Filter::Starred);
  QVERIFY(names().isEmpty());
}

void TestLibraryPanel::starIsUndone() {
  const auto id = add("one", true, 1);
  m_panel->toggleStar(QString::fromStdString(id));
  QVERIFY(model().index(0).data(AssetModel::StarredRole).toBool());
  m_fixture->document().undoStack()->undo();
  QVERIFY(!model().index(0).data(AssetModel::StarredRole).toBool());
}

void TestLibraryPanel::selectionSurvivesANewTake() {
  const auto id = add("one", true, 1);
  m_panel->selectAsset(QString::fromStdString(id));
  add("two", true, 2);
  QCOMPARE(m_panel->currentAsset(), QString::fromStdString(id));
  m_panel->toggleStar(QString::fromStdString(id));
  QCOMPARE(m_panel->currentAsset(), QString::fromStdString(id));
}

void TestLibraryPanel::rejectedSinks() {
  add("one", true, 1);
  const auto id = add("two", true, 2);
  m_panel->toggleRejected(QString::fromStdString(id));
  QCOMPARE(names(), QStringList({QStringLiteral("one"), QStringLiteral("two")}));
}

void TestLibraryPanel::removesOnlyWhatNoClipShows() {
  const auto used = add("used", true, 1);
  const auto idle = add("idle", true, 2);
  QVERIFY(m_fixture->document()
              .edit(QStringLiteral("place"),
                    [&](project::Project& p) -> core::Result<void> {
                      const auto clip = project::placeClip(p, 0, 0, used, project::PlaceMode::Overwrite);
                      return clip ? core::Result<void>() : clip.error();
                    })
              .ok());
  QSignalSpy told(m_panel.get(), &LibraryPanel::message);
  m_panel->removeAsset(QString::fromStdString(used));
  QCOMPARE(told.count(), 1);
  QCOMPARE(model().rowCount(), 2);
  m_panel->removeAsset(QString::fromStdString(idle));
  QCOMPARE(names(), QStringList{QStringLiteral("used")});
  m_fixture->document().undoStack()->undo();
  QCOMPARE(model().rowCount(), 2);
}

void TestLibraryPanel::dragCarriesIdAndFile() {
  const auto id = add("one", true, 1);
  const std::unique_ptr<QMimeData> mime(model().mimeData({model().index(0)}));
  QVERIFY(mime);
  QCOMPARE(mime->data(QLatin1String(library::kAssetMime)), QByteArray::fromStdString(id));
  QCOMPARE(mime->urls().value(0).toLocalFile(), m_fixture->path(QStringLiteral("one")));
}

void TestLibraryPanel::inspectorTellsTheRecipe() {
  library::InspectorPanel inspector(m_fixture->document());
  const auto id = add("one", true, 1);
  inspector.setAsset(QString::fromStdString(id));
  inspector.show();
  QStringList words;
  for (const QLabel* label : inspector.findChildren<QLabel*>()) words << label->text();
  QVERIFY(words.contains(QStringLiteral("a lighthouse at dusk")));
  QVERIFY(words.contains(QStringLiteral("42")));
}

void TestLibraryPanel::recipeTellsOfControl() {
  core::GenerationRequest request;
  request.controlVideo = "/a/pose.mp4";
  request.controlMask = "/a/mask.png";
  request.references = {"/a/1.png", "/a/2.png"};
  request.controlScale = 0.5;
  const auto lines = library::recipeInWords(core::toJson(request));
  const auto value = [&lines](const char* label) {
    for (const auto& [name, text] : lines) {
      if (name == QLatin1String(label)) return text;
    }
    return QString();
  };
  QCOMPARE(value("Control video"), QStringLiteral("/a/pose.mp4"));
  QCOMPARE(value("Mask"), QStringLiteral("/a/mask.png"));
  QCOMPARE(value("References"), QStringLiteral("/a/1.png\n/a/2.png"));
  QCOMPARE(value("Control scale"), QStringLiteral("0.5"));
  QVERIFY(library::recipeInWords(core::toJson(core::GenerationRequest{})).size() < lines.size());
}

void TestLibraryPanel::brokenRecipeTellsNothing() {
  QVERIFY(library::recipeInWords("{").empty());
  QVERIFY(library::recipeInWords("").empty());
  QVERIFY(library::recipeInWords("[1]").empty());
}

QTEST_MAIN(TestLibraryPanel)
#include "tst_library_panel.moc"

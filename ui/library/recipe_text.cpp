// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/recipe_text.h"

#include <QCoreApplication>

#include "engine/core/generation_request.h"

namespace kinora::library {
namespace {

class RecipeText {
  Q_DECLARE_TR_FUNCTIONS(RecipeText)
};

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

}  // namespace

std::vector<std::pair<QString, QString>> recipeInWords(const std::string& recipeJson) {
  std::vector<std::pair<QString, QString>> lines;
  const auto request = core::requestFromJson(recipeJson);
  if (recipeJson.empty() || !request) return lines;
  const auto add = [&lines](const QString& label, const QString& value) {
    if (!value.isEmpty()) lines.emplace_back(label, value);
  };
  add(RecipeText::tr("Prompt"), text(request->prompt));
  add(RecipeText::tr("Negative prompt"), text(request->negativePrompt));
  add(RecipeText::tr("Start frame"), text(request->startImage));
  add(RecipeText::tr("End frame"), text(request->endImage));
  add(RecipeText::tr("Control video"), text(request->controlVideo));
  add(RecipeText::tr("Mask"), text(request->controlMask));
  QStringList references;
  for (const std::string& reference : request->references) references.append(text(reference));
  add(RecipeText::tr("References"), references.join(u'\n'));
  if (request->controlScale) add(RecipeText::tr("Control scale"), QString::number(*request->controlScale));
  const QString quality = text(request->quality);
  add(RecipeText::tr("Edition"), request->edition.empty()
                                     ? RecipeText::tr("Draft")
                                     : (text(request->edition) + QLatin1Char(' ') + quality).trimmed());
  add(RecipeText::tr("Model"), text(request->model));
  if (!request->size.isEmpty()) {
    add(RecipeText::tr("Model size"),
        RecipeText::tr("%1×%2, %3 frames").arg(request->size.width).arg(request->size.height).arg(request->frames));
  }
  if (request->steps > 0) add(RecipeText::tr("Steps"), QString::number(request->steps));
  if (request->guidance) add(RecipeText::tr("Guidance"), QString::number(*request->guidance));
  add(RecipeText::tr("Sampler"), text(request->sampler));
  if (request->guidanceKind == "cfg-zero") add(RecipeText::tr("Kind of guidance"), QStringLiteral("CFG-Zero*"));
  if (request->nag) add(RecipeText::tr("Negative guidance"), QString::number(request->nag->scale));
  QStringList skipped;
  for (const int block : request->skipLayers.blocks) skipped.append(QString::number(block));
  add(RecipeText::tr("Skipped layers"), skipped.join(QStringLiteral(", ")));
  add(RecipeText::tr("Step caching"), text(request->cache));
  if (request->detail == "off") add(RecipeText::tr("Detail of the picture"), RecipeText::tr("Off"));
  if (request->seed) add(RecipeText::tr("Seed"), QString::number(*request->seed));
  return lines;
}

}  // namespace kinora::library

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/job_texts.h"

#include <QCoreApplication>
#include <cmath>

namespace kinora::queue {
namespace {

/// A context for the translator: free functions have none.
class JobTexts {
  Q_DECLARE_TR_FUNCTIONS(JobTexts)
};

QString editionText(const core::GenerationRequest& request) {
  const QString edition = QString::fromStdString(request.edition);
  if (edition.isEmpty()) return JobTexts::tr("Draft");
  const bool master = edition.startsWith(QStringLiteral("master"));
  const QString quality = QString::fromStdString(request.quality);
  const QString name = master ? JobTexts::tr("Master") : JobTexts::tr("Standard");
  return quality.isEmpty() ? name : QStringLiteral("%1 %2").arg(name, quality);
}

double lengthSeconds(const core::GenerationRequest& request) {
  if (request.seconds.isPositive()) return request.seconds.toDouble();
  return request.fps.isPositive() ? request.frames / request.fps.toDouble() : 0;
}

}  // namespace

QString clockText(double seconds) {
  const long whole = std::lround(std::max(0.0, seconds));
  if (whole >= 3600) {
    return QStringLiteral("%1:%2:%3")
        .arg(whole / 3600)
        .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(whole % 60, 2, 10, QLatin1Char('0'));
  }
  return QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
}

QString jobDetails(const core::JobSpec& spec) {
  if (spec.kind == core::JobKind::Export) return JobTexts::tr("Export · H.264");
  QStringList parts{editionText(spec.request)};
  if (const double seconds = lengthSeconds(spec.request); seconds > 0) {
    parts << JobTexts::tr("%1 s").arg(QString::number(seconds, 'f', seconds == std::floor(seconds) ? 0 : 1));
  }
  if (spec.request.seed) parts << JobTexts::tr("seed %1").arg(*spec.request.seed);
  // A number stays with its word when the line breaks.
  for (QString& part : parts) part.replace(QLatin1Char(' '), QChar::Nbsp);
  return parts.join(QStringLiteral(" · "));
}

QString reservedText(const core::JobRecord& job) {
  if (job.spec.kind == core::JobKind::Export) return JobTexts::tr("costs nothing");
  return job.spec.credits > 0 ? JobTexts::tr("%n credits reserved", nullptr, job.spec.credits)
                              : JobTexts::tr("free draft");
}

QString progressText(const core::Progress& p) {
  QString text;
  switch (p.stage) {
    case core::Stage::Text:
      text = JobTexts::tr("Reading the prompt");
      break;
    case core::Stage::Encode:
      text = JobTexts::tr("Reading the picture");
      break;
    case core::Stage::Denoise:
      text = JobTexts::tr("Step %1 of %2").arg(p.step).arg(p.steps);
      break;
    case core::Stage::Decode:
      text = JobTexts::tr("Frames %1 %").arg(p.steps > 0 ? 100 * p.step / p.steps : 0);
      break;
    case core::Stage::Write:
      text = JobTexts::tr("Writing %1 %").arg(qRound(p.fraction * 100));
      break;
  }
  return p.etaSeconds < 0 ? text : JobTexts::tr("%1 · %2 left").arg(text, clockText(p.etaSeconds));
}

QString doneText(const core::JobRecord& job) {
  double seconds = static_cast<double>(job.finishedAt - job.startedAt) / 1000;
  if (job.outcome && job.outcome->timings.contains("total")) seconds = job.outcome->timings.at("total");
  const QString time = clockText(seconds);
  if (job.spec.kind == core::JobKind::Export) return time;
  const QString cost =
      job.spec.credits > 0 ? JobTexts::tr("%n credits", nullptr, job.spec.credits) : JobTexts::tr("free draft");
  return QStringLiteral("%1 · %2").arg(time, cost);
}

}  // namespace kinora::queue

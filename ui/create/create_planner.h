// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QString>
#include <map>
#include <string>

#include "engine/core/plan.h"

namespace kinora::session {
class EngineClient;
}

namespace kinora::create {

struct CreateState;
class ControlSection;
class PictureInput;

/// What the panel shows for a state: the plan, sentences by field, and why Generate cannot be pressed.
struct Outlook {
  core::Plan plan;
  const core::Edition* edition = nullptr;  ///< nullptr: draft
  const core::ModelInfo* model = nullptr;  ///< nullptr: none fits
  std::map<std::string, QString> faults;   ///< by member of GenerationRequest; what the user must mend
  QString missing;                         ///< what is still to be given, e.g. a prompt: no fault yet
  QString credits;                         ///< not enough of them, with the balance
  double seconds = -1;                     ///< for all variants; < 0: not known

  bool canStart() const { return faults.empty() && missing.isEmpty() && credits.isEmpty(); }
  /// The first reason, for tooltip and status line; empty if it can start.
  QString reason() const;
};

/// Plans a state against the catalogues, the pictures' sizes, this machine's memory and the balance.
class CreatePlanner {
  Q_DECLARE_TR_FUNCTIONS(kinora::create::CreatePlanner)

 public:
  CreatePlanner(const session::EngineClient& client, const PictureInput& start, const PictureInput& end,
                const ControlSection& control);
  Outlook look(const CreateState& state) const;

 private:
  void addPictures(const CreateState& state, Outlook& outlook) const;
  void addLoras(const CreateState& state, Outlook& outlook) const;
  void addMissing(const CreateState& state, Outlook& outlook) const;
  void addCredits(const CreateState& state, Outlook& outlook) const;

  const session::EngineClient& m_client;
  const PictureInput& m_start;
  const PictureInput& m_end;
  const ControlSection& m_control;
};

}  // namespace kinora::create

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "engine/models/removal.h"
#include "ui/session/model_store.h"

// Sentences about models.
namespace kinora::models_panel {

/// "17.5 GB"
QString bytesText(quint64 bytes);
/// "From text or a picture · 1280×704 · ≈ 34.2 GB · Apache-2.0"
QString detailsText(const session::ModelRow& row);
/// What is going on, or why it cannot be used; empty for a sound model at rest.
QString stateText(const session::ModelRow& row);
/// What a verification found.
QString checkText(const session::ModelCheck& check);
/// What deleting would do, or why it cannot be done.
QString removalText(const models::Removal& removal);

}  // namespace kinora::models_panel

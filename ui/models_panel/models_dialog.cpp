// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models_panel/models_dialog.h"

#include <QDropEvent>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSet>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/models_panel/model_texts.h"
#include "ui/session/dropped_files.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/file_chooser.h"

namespace kinora::models_panel {
namespace {

using session::ModelRow;
using session::ModelStore;
using widgets::Role;

constexpr QSize kDialogSize(720, 640);

QVBoxLayout* column() {
  auto* layout = new QVBoxLayout;
  layout->setSpacing(widgets::kGap);
  return layout;
}

}  // namespace

ModelsDialog::ModelsDialog(widgets::Theme& theme, ModelStore& store, const session::EngineClient& client,
                           QWidget* parent)
    : QDialog(parent), m_theme(theme), m_store(store), m_client(client) {
  m_confirm = [this](const QString& text, const QString& details, const QString& action) {
    QMessageBox box(this);
    box.setText(text);
    box.setInformativeText(details);
    auto* yes = box.addButton(action, QMessageBox::DestructiveRole);
    box.setDefaultButton(box.addButton(tr("Cancel"), QMessageBox::RejectRole));
    box.exec();
    return box.clickedButton() == yes;
  };
  build();
  connectStore();
  retranslate();
  refresh();
}

void ModelsDialog::build() {
  setModal(false);
  setAcceptDrops(true);
  resize(kDialogSize);
  auto* content = new QWidget;
  m_installedLabel = widgets::makeLabel(Role::Label, content);
  m_availableLabel = widgets::makeLabel(Role::Label, content);
  m_installed = column();
  m_available = column();
  auto* list = new QVBoxLayout(content);
  list->setContentsMargins(widgets::kPanelPadding, 0, widgets::kPanelPadding, 0);
  list->setSpacing(widgets::kGap);
  auto* head = new QHBoxLayout;
  head->addWidget(m_installedLabel);
  head->addStretch(1);
  m_free = widgets::makeLabel(Role::Label, content);
  head->addWidget(m_free);
  list->addLayout(head);
  list->addLayout(m_installed);
  list->addSpacing(widgets::kGap);
  list->addWidget(m_availableLabel);
  list->addLayout(m_available);
  list->addStretch(1);
  auto* scroll = new QScrollArea(this);
  scroll->setWidget(content);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  // The scroll bar lies in the margin, so that the cards end where the buttons do.
  connect(scroll->verticalScrollBar(), &QScrollBar::rangeChanged, list, [list](int, int max) {
    list->setContentsMargins(widgets::kPanelPadding, 0, widgets::kPanelPadding - (max > 0 ? widgets::kScrollBar : 0),
                             0);
  });

  m_message = widgets::makeLabel(Role::Label, this);
  m_message->setWordWrap(true);
  m_partsLabel = widgets::makeLabel(Role::Value, this);
  m_partsLabel->setWordWrap(true);
  m_startOver = new QPushButton(this);
  m_startOver->setProperty("link", true);
  m_startOver->setAutoDefault(false);
  auto* parts = new QHBoxLayout;
  parts->setSpacing(widgets::kGap);
  parts->addWidget(m_partsLabel, 1);
  parts->addWidget(m_startOver, 0, Qt::AlignTop);
  m_addFolder = new QPushButton(this);
  m_addFiles = new QPushButton(this);
  m_close = new QPushButton(this);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(widgets::kGap);
  for (QPushButton* button : {m_addFolder, m_addFiles, m_close}) {
    button->setAutoDefault(false);
    if (button == m_close) buttons->addStretch(1);
    buttons->addWidget(button);
  }
  auto* bottom = new QVBoxLayout;
  bottom->setContentsMargins(widgets::kPanelPadding, 0, widgets::kPanelPadding, 0);
  bottom->setSpacing(widgets::kGap);
  bottom->addWidget(m_message);
  bottom->addLayout(parts);
  bottom->addLayout(buttons);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, widgets::kPanelPadding, 0, widgets::kPanelPadding);
  layout->setSpacing(widgets::kGap);
  layout->addWidget(scroll, 1);
  layout->addLayout(bottom);
  tell({}, Role::Label);
  setParts({});
  connect(m_addFolder, &QPushButton::clicked, this, &ModelsDialog::addFolder);
  connect(m_addFiles, &QPushButton::clicked, this, &ModelsDialog::addFiles);
  connect(m_startOver, &QPushButton::clicked, this, [this] {
    setParts({});
    tell({}, Role::Label);
  });
  connect(m_close, &QPushButton::clicked, this, &QDialog::close);
}

void ModelsDialog::connectStore() {
  connect(&m_store, &ModelStore::changed, this, &ModelsDialog::refresh);
  connect(&m_store, &ModelStore::progressed, this, [this](const QString& id) {
    const auto row = m_store.row(id);
    if (ModelCard* shown = card(id); shown && row) shown->setRow(*row);
  });
  connect(&m_store, &ModelStore::downloaded, this,
          [this](const QString& name) { tell(tr("%1 is installed.").arg(name), Role::Ok); });
  connect(&m_store, &ModelStore::added, this, [this](const QString& id, const QStringList& notes) {
    setParts({});
    tell(tr("Added as %1; its files stay where they are.").arg(id), Role::Ok, notes.join(u'\n'));
  });
  connect(&m_store, &ModelStore::verified, this, [this](const QString& id, const session::ModelCheck& check) {
    if (ModelCard* shown = card(id)) shown->setMessage(checkText(check), check.wrong > 0 ? Role::Fault : Role::Ok);
  });
  connect(&m_store, &ModelStore::removed, this,
          [this](const QString& name) { tell(tr("%1 has been removed.").arg(name), Role::Ok); });
  connect(&m_store, &ModelStore::failed, this, &ModelsDialog::failed);
}

void ModelsDialog::failed(const QString& id, const core::Error& error) {
  const QString text = session::errorText(error);
  if (ModelCard* shown = card(id)) return shown->setMessage(text, Role::Fault);
  if (error.code != core::ErrorCode::ModelMismatch) return tell(text, Role::Fault);
  setParts(id.split(u'\n'));
  tell(tr("This does not make a model yet: %1").arg(QString::fromStdString(error.message)), Role::Warn);
}

QString ModelsDialog::message() const {
  return m_message->text();
}

void ModelsDialog::tell(const QString& text, Role role, const QString& details) {
  widgets::setRole(m_message, role);
  m_message->setText(text);
  m_message->setToolTip(details);
  m_message->setVisible(!text.isEmpty());
}

void ModelsDialog::refresh() {
  QSet<QString> alive;
  int available = 0;
  for (const ModelRow& row : m_store.rows()) {
    ModelCard*& shown = m_cards[row.id];
    if (!shown) {
      shown = new ModelCard(m_theme, this);
      connect(shown, &ModelCard::requested, this, &ModelsDialog::act);
    }
    shown->setRow(row);
    alive.insert(row.id);
    available += row.isInstalled ? 0 : 1;
    // A card that changes its section moves; one that stays is added again at its place.
    (row.isInstalled ? m_installed : m_available)->addWidget(shown);
  }
  for (auto it = m_cards.begin(); it != m_cards.end();) {
    if (alive.contains(it.key())) {
      ++it;
    } else {
      it.value()->deleteLater();
      it = m_cards.erase(it);
    }
  }
  m_availableLabel->setVisible(available > 0);
  m_free->setText(tr("%1 free").arg(bytesText(m_store.freeBytes())));
  m_free->setToolTip(tr("Models are kept in %1").arg(m_store.root()));
}

void ModelsDialog::act(const QString& id, ModelCard::Action action) {
  switch (action) {
    case ModelCard::Action::Download:
      m_store.download(id);
      return;
    case ModelCard::Action::Verify:
      m_store.verify(id);
      return;
    case ModelCard::Action::Cancel:
      m_store.cancel(id);
      return;
    case ModelCard::Action::Discard: {
      const auto row = m_store.row(id);
      if (row && m_confirm(tr("Delete the unfinished download of %1?").arg(row->name),
                           tr("This frees %1.").arg(bytesText(row->doneBytes)), tr("Delete"))) {
        m_store.discard(id);
      }
      return;
    }
    case ModelCard::Action::Remove:
      askRemoval(id);
      return;
  }
}

/// Says what is freed, what stays and what still uses it, before anything is deleted.
void ModelsDialog::askRemoval(const QString& id) {
  const auto removal = m_store.removal(id);
  ModelCard* shown = card(id);
  if (!shown) return;
  if (!removal) return shown->setMessage(session::errorText(removal.error()), Role::Fault);
  const auto needsIt = [&id](const core::JobRecord& job) {
    const bool ended = job.state != core::JobState::Queued && job.state != core::JobState::Running;
    return !ended && job.spec.kind == core::JobKind::Generate && job.spec.request.model == id.toStdString();
  };
  if (const auto jobs = std::count_if(m_client.jobs().begin(), m_client.jobs().end(), needsIt); jobs > 0) {
    return shown->setMessage(tr("Jobs in the queue need it: %1. Let them end or cancel them first.").arg(jobs),
                             Role::Fault);
  }
  const QString details = removalText(*removal);
  if (!removal->usedBy.empty()) return shown->setMessage(details, Role::Fault);
  const bool inPlace = shown->row().isInPlace;
  const QString question = inPlace ? tr("Remove %1 from the list?") : tr("Delete %1?");
  if (m_confirm(question.arg(shown->row().name), details, inPlace ? tr("Remove") : tr("Delete"))) m_store.remove(id);
}

void ModelsDialog::addFolder() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Add a model's folder"));
  if (!folder.isEmpty()) add({folder});
}

void ModelsDialog::addFiles() {
  const widgets::FileChoice choice{tr("Add files of a model"),
                                   tr("Weights and tokenizers"),
                                   {QStringLiteral("safetensors"), QStringLiteral("gguf"), QStringLiteral("pth"),
                                    QStringLiteral("json"), QStringLiteral("model")},
                                   "models/folder",
                                   true};
  widgets::chooseFiles(this, choice, [this](const QStringList& files) { add(files); });
}

void ModelsDialog::add(const QStringList& paths) {
  const auto isFolder = [](const QString& path) { return QFileInfo(path).isDir(); };
  // Several folders are several models, unless one that is not whole waits for its parts.
  if (m_parts.isEmpty() && std::all_of(paths.begin(), paths.end(), isFolder)) {
    for (const QString& folder : paths) look({folder});
    return;
  }
  QStringList parts = m_parts;
  for (const QString& path : paths) {
    if (!isFolder(path) && session::weightKind(path) == session::WeightKind::Lora) {
      return tell(tr("%1 is a LoRA. Add it in the form under Advanced.").arg(QFileInfo(path).fileName()), Role::Warn);
    }
    if (!parts.contains(path)) parts << path;
  }
  look(parts);
}

void ModelsDialog::look(const QStringList& paths) {
  QStringList names;
  for (const QString& path : paths) names << QFileInfo(path).fileName();
  tell(tr("Looking at %1…").arg(names.join(QStringLiteral(", "))), Role::Label);
  m_store.add(paths);
}

void ModelsDialog::setParts(const QStringList& parts) {
  m_parts = parts;
  QStringList names;
  for (const QString& part : parts) names << QFileInfo(part).fileName();
  m_partsLabel->setText(tr("So far: %1").arg(names.join(QStringLiteral(" · "))));
  m_partsLabel->setToolTip(parts.join(u'\n'));
  m_partsLabel->setVisible(!parts.isEmpty());
  m_startOver->setVisible(!parts.isEmpty());
}

void ModelsDialog::dragEnterEvent(QDragEnterEvent* event) {
  if (!session::localFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void ModelsDialog::dropEvent(QDropEvent* event) {
  add(session::localFiles(*event->mimeData()));
  event->acceptProposedAction();
}

void ModelsDialog::retranslate() {
  setWindowTitle(tr("Models"));
  m_installedLabel->setText(tr("Installed"));
  m_availableLabel->setText(tr("To download"));
  m_addFolder->setText(tr("Add folder…"));
  m_addFolder->setToolTip(tr("A folder that holds a model, used in place"));
  m_addFiles->setText(tr("Add files…"));
  m_addFiles->setToolTip(tr("A model in parts that lie anywhere: transformer, VAE, text encoder, tokenizer"));
  m_startOver->setText(tr("Start over"));
  setParts(m_parts);
  m_close->setText(tr("Close"));
}

void ModelsDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() != QEvent::LanguageChange) return;
  retranslate();
  refresh();
}

}  // namespace kinora::models_panel

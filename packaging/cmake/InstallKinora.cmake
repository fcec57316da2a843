# SPDX-License-Identifier: GPL-3.0-or-later
# `cmake --install`: programs, the inference library with libtorch beside it, resources, desktop entry.
include(GNUInstallDirs)
if(KINORA_STUDIO)
  set_target_properties(kinora_studio kinora_media_commands PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS kinora kinora-cli RUNTIME DESTINATION bin)
  set_target_properties(kinora_inference PROPERTIES INSTALL_RPATH "$ORIGIN/kinora/torch/lib")
  install(TARGETS kinora_inference kinora_studio kinora_media_commands LIBRARY DESTINATION lib)
  install(DIRECTORY "${KINORA_TORCH_DIR}/lib" DESTINATION lib/kinora/torch FILES_MATCHING PATTERN "*.so*")
  get_filename_component(torch_parent "${KINORA_TORCH_DIR}" DIRECTORY)
  if(EXISTS "${torch_parent}/nvidia")
    install(DIRECTORY "${torch_parent}/nvidia" DESTINATION lib/kinora FILES_MATCHING PATTERN "*.so*")
  endif()
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/resources/catalogue" "${CMAKE_SOURCE_DIR}/resources/models"
                    "${CMAKE_SOURCE_DIR}/resources/presets" DESTINATION share/kinora)
  install(FILES "${CMAKE_SOURCE_DIR}/packaging/linux/org.kinora.Kinora.desktop" DESTINATION share/applications)
  install(FILES "${CMAKE_SOURCE_DIR}/packaging/linux/org.kinora.Kinora.metainfo.xml" DESTINATION share/metainfo)
  install(FILES "${CMAKE_SOURCE_DIR}/resources/icons/kinora.svg" DESTINATION share/icons/hicolor/scalable/apps RENAME org.kinora.Kinora.svg)
endif()

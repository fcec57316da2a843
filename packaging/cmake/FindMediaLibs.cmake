# SPDX-License-Identifier: GPL-3.0-or-later
# kinora::ffmpeg, kinora::opencv, kinora::sqlite: what engine/media, engine/render and engine/store link.
find_package(PkgConfig REQUIRED)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavcodec libavformat libavutil libswscale libswresample)
add_library(kinora::ffmpeg ALIAS PkgConfig::FFMPEG)
find_package(OpenCV 4.5 REQUIRED COMPONENTS core imgproc imgcodecs)
add_library(kinora_opencv INTERFACE)
target_include_directories(kinora_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(kinora_opencv INTERFACE opencv_core opencv_imgproc opencv_imgcodecs)
add_library(kinora::opencv ALIAS kinora_opencv)
find_package(SQLite3 REQUIRED)

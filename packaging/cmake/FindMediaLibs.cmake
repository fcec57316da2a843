# SPDX-License-Identifier: GPL-3.0-or-later
# kinora::ffmpeg, kinora::opencv, kinora::opencv_video, kinora::sqlite: what engine/media, detail, render and store link.
find_package(PkgConfig REQUIRED)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavcodec libavformat libavutil libswscale libswresample)
add_library(kinora::ffmpeg ALIAS PkgConfig::FFMPEG)
find_package(OpenCV 4.5 REQUIRED COMPONENTS core imgproc imgcodecs video)
add_library(kinora_opencv INTERFACE)
target_include_directories(kinora_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(kinora_opencv INTERFACE opencv_core opencv_imgproc opencv_imgcodecs)
add_library(kinora::opencv ALIAS kinora_opencv)
# Apart, because it brings OpenCV's network and calibration modules with it.
add_library(kinora_opencv_video INTERFACE)
target_link_libraries(kinora_opencv_video INTERFACE kinora_opencv opencv_video)
add_library(kinora::opencv_video ALIAS kinora_opencv_video)
find_package(SQLite3 REQUIRED)

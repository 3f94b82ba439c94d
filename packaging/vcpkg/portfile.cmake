# SPDX-License-Identifier: Apache-2.0
# An overlay port of the checkout that it lies in.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
# Nothing is compiled, so a debug build would be the same.
set(VCPKG_BUILD_TYPE release)
vcpkg_configure_meson(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -Dplugin=disabled -Dexamples=disabled -Dtests=disabled
  # Else Meson takes the system's Boost, or finds none.
  ADDITIONAL_PROPERTIES "boost_root = '${CURRENT_INSTALLED_DIR}'"
)
vcpkg_install_meson()
vcpkg_cmake_config_fixup(PACKAGE_NAME awsfakes CONFIG_PATH share/cmake/awsfakes DO_NOT_DELETE_PARENT_CONFIG_PATH)
vcpkg_cmake_config_fixup(PACKAGE_NAME credplugin CONFIG_PATH share/cmake/credplugin DO_NOT_DELETE_PARENT_CONFIG_PATH)
vcpkg_cmake_config_fixup(PACKAGE_NAME eksauth CONFIG_PATH share/cmake/eksauth)
# They name libboost_json without its folder.
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/pkgconfig")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")

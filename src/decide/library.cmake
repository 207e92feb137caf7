# SPDX-License-Identifier: Apache-2.0
# libiam: base without the heap, threads and stdio, the JSON and base64 of codec, policy and decide, as an
# archive and as a shared library that exports what include/iam marks and libiam.map lists.
include(GNUInstallDirs)

# Appends the absolute sources of a module whose names match PATTERN and not EXCEPT.
function(iam_library_sources module pattern except)
    get_target_property(sources iam_${module} SOURCES)
    get_target_property(dir iam_${module} SOURCE_DIR)
    foreach(source ${sources})
        if(source MATCHES "${pattern}" AND NOT source MATCHES "${except}")
            list(APPEND IAM_LIBRARY_SOURCES ${dir}/${source})
        endif()
    endforeach()
    set(IAM_LIBRARY_SOURCES ${IAM_LIBRARY_SOURCES} PARENT_SCOPE)
endfunction()

iam_library_sources(base "\\.c$" "^(heap|thread|.*_fmt)\\.c$")
iam_library_sources(codec "^(json.*|base64)\\.c$" "_fmt\\.c$")
iam_library_sources(policy "\\.c$" "^$")
iam_library_sources(decide "\\.c$" "^$")

add_library(iam_objects OBJECT ${IAM_LIBRARY_SOURCES})
target_link_libraries(iam_objects PRIVATE iamd_flags)
get_target_property(gen iam_base IAM_GEN_DIR)
target_include_directories(iam_objects PRIVATE ${gen})
add_dependencies(iam_objects unicode_gen)
target_compile_options(iam_objects PRIVATE -ffunction-sections -fdata-sections)

add_library(iam_archive STATIC $<TARGET_OBJECTS:iam_objects>)
set_target_properties(iam_archive PROPERTIES OUTPUT_NAME iam)
target_include_directories(iam_archive INTERFACE ${CMAKE_SOURCE_DIR}/include)

# SOVERSION is raised, and the version node of libiam.map with it, when a program that was linked
# with an older library would not work any more.
add_library(iam_shared SHARED $<TARGET_OBJECTS:iam_objects>)
set_target_properties(iam_shared PROPERTIES OUTPUT_NAME iam VERSION ${PROJECT_VERSION} SOVERSION 0
    LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/libiam.map)
target_include_directories(iam_shared INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_link_options(iam_shared PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/libiam.map -Wl,--gc-sections -Wl,-z,relro,-z,now)

# libiam.pc finds its prefix by its own place, so that `cmake --install --prefix` may move all of it.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(IAM_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
    set(IAM_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
    set(IAM_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up ${up})
    set(IAM_PC_PREFIX "\${pcfiledir}/${up}")
    set(IAM_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(IAM_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(libiam.pc.in libiam.pc @ONLY)

install(TARGETS iam_archive iam_shared
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libiam.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/iam DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")

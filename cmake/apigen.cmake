# SPDX-License-Identifier: Apache-2.0

# iam_apigen(TARGET api_gen API dir OUT dir SERVICES a b ...)
# Runs tools/apigen.py over the definitions in API; TARGET is done when the files in OUT are current.
function(iam_apigen)
    cmake_parse_arguments(G "" "TARGET;API;OUT" "SERVICES" ${ARGN})
    set(files api_services.gen.c api_patterns.gen.c api_stubs.gen.c api_errors.gen.h api_errors.gen.c
        api.md negative.jsonl)
    foreach(service ${G_SERVICES})
        list(APPEND files api_${service}.gen.h api_${service}_shapes.gen.h api_${service}_shapes.gen.c
            api_${service}_table.gen.c)
    endforeach()
    list(TRANSFORM files PREPEND ${G_OUT}/)
    file(GLOB_RECURSE definitions CONFIGURE_DEPENDS ${G_API}/*.json)
    file(GLOB tools CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/apigen*.py)
    set(stamp ${G_OUT}/apigen.stamp)
    add_custom_command(
        OUTPUT ${stamp}
        BYPRODUCTS ${files}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${G_OUT}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tools/apigen.py --stubs --api ${G_API}
            --errors ${CMAKE_SOURCE_DIR}/api/errors.json --out ${G_OUT} ${G_SERVICES}
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${definitions} ${tools} ${CMAKE_SOURCE_DIR}/api/errors.json
        COMMENT "Generating ${G_TARGET}"
        VERBATIM)
    add_custom_target(${G_TARGET} DEPENDS ${stamp})
endfunction()

# SPDX-License-Identifier: Apache-2.0
# Warnings are errors in both compilers; hardening in every build.
add_library(iamd_flags INTERFACE)
target_include_directories(iamd_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(iamd_flags INTERFACE _GNU_SOURCE)
target_compile_options(iamd_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
        -Wformat=2 -Wvla -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wconversion
        -Wno-sign-conversion -Wimplicit-fallthrough -Wno-missing-field-initializers>
    $<$<C_COMPILER_ID:GNU>:$<$<COMPILE_LANGUAGE:C>:-Wlogical-op -Wduplicated-cond>>
    -fvisibility=hidden -fstack-protector-strong -fno-strict-aliasing)
target_compile_options(iamd_flags INTERFACE
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2 -fstack-clash-protection -fcf-protection>)
target_link_options(iamd_flags INTERFACE -Wl,-z,relro,-z,now)

# SPDX-License-Identifier: Apache-2.0

# iam_module(NAME base SOURCES a.c b.c [USES codec ...] [LIBS PkgConfig::X ...])
# One directory, one static library, linked only to the modules that its row of the layer table names.
function(iam_module)
    cmake_parse_arguments(M "" "NAME" "SOURCES;USES;LIBS" ${ARGN})
    add_library(iam_${M_NAME} STATIC ${M_SOURCES})
    target_link_libraries(iam_${M_NAME} PUBLIC iamd_flags)
    iam_traced(iam_${M_NAME})
    foreach(use ${M_USES})
        target_link_libraries(iam_${M_NAME} PUBLIC iam_${use})
    endforeach()
    target_link_libraries(iam_${M_NAME} PUBLIC ${M_LIBS})
endfunction()

# With IAMD_FUZZ a fuzz target is told which ways its input takes through this library; the other
# programs of that build do not ask. Comparisons are traced by the preset fuzz alone: that takes four
# times as long.
function(iam_traced library)
    if(IAMD_FUZZ)
        target_compile_options(${library} PRIVATE
            $<$<COMPILE_LANGUAGE:C>:-fsanitize-coverage=inline-8bit-counters,pc-table>)
    endif()
endfunction()

# iam_test(NAME base_str SOURCES str_test.c USES base [LIBS ...]): one cmocka program, one ctest.
# The working directory is the source tree, so that tests find tests/vectors.
function(iam_test)
    cmake_parse_arguments(T "" "NAME" "SOURCES;USES;LIBS" ${ARGN})
    add_executable(test_${T_NAME} ${T_SOURCES})
    target_link_libraries(test_${T_NAME} PRIVATE iamd_flags)
    foreach(use ${T_USES})
        target_link_libraries(test_${T_NAME} PRIVATE iam_${use})
    endforeach()
    target_link_libraries(test_${T_NAME} PRIVATE iam_test_guards ${T_LIBS} ${CMOCKA_LIBRARY})
    target_include_directories(test_${T_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    separate_arguments(flags UNIX_COMMAND "${IAMD_TEST_FLAGS}")
    target_compile_options(test_${T_NAME} PRIVATE ${flags})
    add_test(NAME unit.${T_NAME} COMMAND test_${T_NAME} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(unit.${T_NAME} PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()

# iam_test_threads(base_thread ...): these tests start threads, and are run with ThreadSanitizer too.
function(iam_test_threads)
    foreach(name ${ARGN})
        target_link_libraries(test_${name} PRIVATE iam_test_threads)
        set_tests_properties(unit.${name} PROPERTIES LABELS "unit;threads")
    endforeach()
endfunction()

# Ends the configuration when a NAME_test.c of the directory is in no program, and so is never run.
function(iam_check_tests dir)
    get_property(targets DIRECTORY ${dir} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target ${targets})
        get_target_property(sources ${target} SOURCES)
        list(APPEND built ${sources})
    endforeach()
    file(GLOB tests RELATIVE ${dir} CONFIGURE_DEPENDS ${dir}/*_test.c)
    foreach(test ${tests})
        if(NOT test IN_LIST built)
            message(FATAL_ERROR "${dir}/${test} is in no program")
        endif()
    endforeach()
endfunction()

# iam_fuzz(NAME json SOURCES json_fuzz.c USES codec [LIBS ...])
# With IAMD_FUZZ a libFuzzer program fuzz_NAME; otherwise a program that replays its arguments.
# Either way tests/fuzz/corpus/NAME.tar.gz is unpacked to corpus/NAME of the build directory, and
# replayed by ctest.
function(iam_fuzz)
    cmake_parse_arguments(F "" "NAME" "SOURCES;USES;LIBS" ${ARGN})
    if(IAMD_FUZZ)
        add_executable(fuzz_${F_NAME} ${F_SOURCES})
        target_link_options(fuzz_${F_NAME} PRIVATE -fsanitize=fuzzer)
        iam_traced(fuzz_${F_NAME})
    else()
        add_executable(fuzz_${F_NAME} ${F_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.c)
    endif()
    target_link_libraries(fuzz_${F_NAME} PRIVATE iamd_flags)
    foreach(use ${F_USES})
        target_link_libraries(fuzz_${F_NAME} PRIVATE iam_${use})
    endforeach()
    target_link_libraries(fuzz_${F_NAME} PRIVATE ${F_LIBS})
    set(archive ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${F_NAME}.tar.gz)
    set(corpus ${CMAKE_BINARY_DIR}/corpus/${F_NAME})
    add_custom_command(OUTPUT ${corpus}.stamp
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tools/corpus.py unpack ${archive} ${corpus}
        COMMAND ${CMAKE_COMMAND} -E touch ${corpus}.stamp
        DEPENDS ${archive} ${CMAKE_SOURCE_DIR}/tools/corpus.py
        COMMENT "Unpacking the corpus of fuzz_${F_NAME}" VERBATIM)
    add_custom_target(corpus_${F_NAME} DEPENDS ${corpus}.stamp)
    add_dependencies(fuzz_${F_NAME} corpus_${F_NAME})
    set(run_args "")
    if(IAMD_FUZZ)
        set(run_args -runs=0)
    endif()
    add_test(NAME corpus.${F_NAME} COMMAND fuzz_${F_NAME} ${run_args} ${corpus})
    set_tests_properties(corpus.${F_NAME} PROPERTIES TIMEOUT 300 LABELS corpus)
endfunction()

/* SPDX-License-Identifier: Apache-2.0 */
/* The version of everything in this tree; CMakeLists.txt reads it here. */
#pragma once

#define IAMD_VERSION "0.1.0"

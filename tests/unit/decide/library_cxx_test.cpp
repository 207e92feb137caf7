/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled as C++ and linked with libiam.so. */
#include "library_user.inc"

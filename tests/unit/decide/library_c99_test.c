/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled as strict C99 and linked with libiam.a. */
#include "library_user.inc"

/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's managed policies: where the server finds them. */
#pragma once

#include "catalogue/catalogue.h"
#include "server/config.h"

/*
 * Opens the catalogue that the options ask for. Without an option for the file it is the one that
 * was installed with the program; when there is none, the log says so, and there are no AWS managed
 * policies. *ret is the caller's. On failure error says what is wrong: as iam_catalogue_open.
 */
enum iam_status policies_open(const struct server_config *config, struct iam_catalogue **ret,
                              char error[IAM_CATALOGUE_ERROR_MAX]) IAM_MUST_USE;

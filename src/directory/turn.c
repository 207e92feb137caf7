/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/turn.h"

enum iam_status iam_turn_init(struct iam_turn *turn)
{
    *turn = (struct iam_turn){ .is_taken = false };
    IAM_ENSURE(pthread_mutex_init(&turn->lock, NULL) == 0, IAM_NOMEM);
    if (pthread_cond_init(&turn->given_back, NULL) != 0) {
        pthread_mutex_destroy(&turn->lock);
        return IAM_NOMEM;
    }
    return IAM_OK;
}

void iam_turn_done(struct iam_turn *turn)
{
    pthread_cond_destroy(&turn->given_back);
    pthread_mutex_destroy(&turn->lock);
}

void iam_turn_take(struct iam_turn *turn, bool is_urgent)
{
    pthread_mutex_lock(&turn->lock);
    turn->urgent_count += is_urgent;
    while (turn->is_taken || (!is_urgent && turn->urgent_count > 0)) {
        pthread_cond_wait(&turn->given_back, &turn->lock);
    }
    turn->urgent_count -= is_urgent;
    turn->is_taken = true;
    pthread_mutex_unlock(&turn->lock);
}

void iam_turn_give_back(struct iam_turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    turn->is_taken = false;
    pthread_cond_broadcast(&turn->given_back);
    pthread_mutex_unlock(&turn->lock);
}

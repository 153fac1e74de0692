/* stage/lane.c - a thread that does one thing with filled slots, in their order, while the next ones are filled. */
#include <pthread.h>
#include <stdlib.h>

#include "sped/stage/stage.h"

struct lane {
	pthread_t thread;
	bool alone; /* no thread could be made: the giver does the work */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	lane_fn *work;
	void *arg;
	unsigned slots;
	unsigned given, done; /* how many so far; they differ by at most slots */
	bool stop;
};

static void *run(void *arg)
{
	struct lane *l = arg;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (l->done == l->given && !l->stop)
			pthread_cond_wait(&l->changed, &l->lock);
		if (l->done == l->given)
			break;
		pthread_mutex_unlock(&l->lock);
		l->work(l->arg, l->done % l->slots);
		pthread_mutex_lock(&l->lock);
		l->done++;
		pthread_cond_signal(&l->changed);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int lane_new(struct lane **ret, unsigned slots, lane_fn *work, void *arg)
{
	struct lane *l = calloc(1, sizeof(*l));

	if (!l)
		return -SPE_E_INTERNAL;
	l->slots = slots;
	l->work = work;
	l->arg = arg;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	l->alone = pthread_create(&l->thread, NULL, run, l) != 0;
	*ret = l;
	return 0;
}

void lane_free(struct lane *l)
{
	if (!l)
		return;
	if (!l->alone) {
		pthread_mutex_lock(&l->lock);
		l->stop = true;
		pthread_cond_signal(&l->changed);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->changed);
	free(l);
}

static void wait_for(struct lane *l, unsigned behind)
{
	if (l->alone)
		return;
	pthread_mutex_lock(&l->lock);
	while (l->given - l->done > behind)
		pthread_cond_wait(&l->changed, &l->lock);
	pthread_mutex_unlock(&l->lock);
}

unsigned lane_take(struct lane *l)
{
	wait_for(l, l->slots - 1);
	return l->given % l->slots;
}

void lane_give(struct lane *l)
{
	if (l->alone) {
		l->work(l->arg, l->given++ % l->slots);
		l->done++;
		return;
	}
	pthread_mutex_lock(&l->lock);
	l->given++;
	pthread_cond_signal(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void lane_drain(struct lane *l)
{
	wait_for(l, 0);
}

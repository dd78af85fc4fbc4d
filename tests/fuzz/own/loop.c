/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Many executions in one process: loop BASES STATE SEED SECONDS EXECUTIONS
 *
 * An execution is one call of a target on one generated input. They come in batches, each of one
 * target and with a seed of its own, which follows from SEED and the number of the batch alone. STATE
 * is what has been counted; if it is there, the run goes on with the batch after it. The run ends after
 * so many seconds, or when STATE has so many executions in all. A finding ends the process; the input
 * is written to STATE.finding: number of the target, then head and data.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "draw.h"
#include "targets.h"
#ifdef OWN_MUTATE
#include "mutate.h"
#endif

#define EVERY				5	/* seconds between two writings of STATE */
#define TOLD				60	/* and between two lines of what has been counted */

struct counted {
	__u64 seed;
	__u64 batches;
	__u64 milliseconds;
	__u64 executions[OWN_TARGETS];
	struct own_depth depth[OWN_TARGETS];
};

static struct own_bases bases[OWN_TARGETS];
static struct own_input inputs[OWN_TARGETS];
static volatile sig_atomic_t stopped;
static const char *state_name;
static __u32 running;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* The input at fault, for whoever looks into it. */
static void write_finding(void)
{
	char name[4096];
	FILE *file;

	snprintf(name, sizeof(name), "%s.finding", state_name);
	file = fopen(name, "wb");
	if (!file)
		return;
	fputc((int)running, file);
	fwrite(inputs[running].head, 1, own_targets[running].head_size, file);
	fwrite(inputs[running].data, 1, inputs[running].size, file);
	fclose(file);
	fprintf(stderr, "the input is in %s\n", name);
}

#ifndef OWN_ASAN
#ifndef OWN_MSAN
static void __sanitizer_set_death_callback(void (*callback)(void))
{
	(void)callback;
}
#endif
#endif

static void aborted(int number)
{
	write_finding();
	signal(number, SIG_DFL);
	raise(number);
}

static void read_state(struct counted *c)
{
	FILE *file = fopen(state_name, "r");
	unsigned long long v[3 + 3 * OWN_TARGETS];
	size_t i;

	if (!file) {
		OWN_CHECK(errno == ENOENT);
		return;
	}
	for (i = 0; i < sizeof(v) / sizeof(*v); i++)
		OWN_CHECK(fscanf(file, "%*s %llu", &v[i]) == 1);
	fclose(file);
	OWN_CHECK(v[0] == c->seed);
	c->batches = v[1];
	c->milliseconds = v[2];
	for (i = 0; i < OWN_TARGETS; i++) {
		c->executions[i] = v[3 + 3 * i];
		c->depth[i].understood = v[4 + 3 * i];
		c->depth[i].refused = v[5 + 3 * i];
	}
}

static void write_state(const struct counted *c)
{
	char name[4096];
	FILE *file;
	size_t i;

	snprintf(name, sizeof(name), "%s.new", state_name);
	file = fopen(name, "w");
	OWN_CHECK(file);
	fprintf(file, "seed %llu\nbatches %llu\nmilliseconds %llu\n", (unsigned long long)c->seed,
		(unsigned long long)c->batches, (unsigned long long)c->milliseconds);
	for (i = 0; i < OWN_TARGETS; i++)
		fprintf(file, "%s %llu\nunderstood %llu\nrefused %llu\n", own_targets[i].name,
			(unsigned long long)c->executions[i], (unsigned long long)c->depth[i].understood,
			(unsigned long long)c->depth[i].refused);
	OWN_CHECK(!fclose(file) && !rename(name, state_name));
}

static __u64 total(const struct counted *c)
{
	__u64 sum = 0;
	size_t i;

	for (i = 0; i < OWN_TARGETS; i++)
		sum += c->executions[i];
	return sum;
}

/* One input and one call. */
static inline void run_one(struct counted *c, __u64 *state)
{
	struct own_input *input;

#ifdef OWN_MUTATE
	running = own_case_draw(bases, inputs, state);
	input = &inputs[running];
#else
	input = &inputs[running];
	own_draw(&bases[running], input, state);
#endif
	own_targets[running].run(input->head, input->data, input->size, &c->depth[running]);
	c->executions[running]++;
}

static void run_batch(struct counted *c)
{
	__u64 state = own_batch_seed(c->seed, c->batches);
	__u32 i;

	running = own_target_of(c->batches);
	inputs[running].base = NULL;
#ifdef OWN_MUTATE
	own_case_size = 0;
#endif
	for (i = 0; i < OWN_BATCH; i++)
		run_one(c, &state);
	c->batches++;
}

static __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000 + (__u64)t.tv_nsec / 1000000;
}

static void progress(const struct counted *c)
{
	printf("%llu executions in %llu s\n", (unsigned long long)total(c), (unsigned long long)c->milliseconds / 1000);
	fflush(stdout);
}

static void run(struct counted *c, __u64 seconds, __u64 executions)
{
	__u64 start = now(), before = c->milliseconds, written = start, told = start, at;

	while (!stopped && total(c) < executions) {
		run_batch(c);
		at = now();
		c->milliseconds = before + at - start;
		if (at - written >= EVERY * 1000) {
			write_state(c);
			written = at;
		}
		if (at - told >= TOLD * 1000) {
			progress(c);
			told = at;
		}
		if (at - start >= seconds * 1000)
			break;
	}
	write_state(c);
	progress(c);
}

int main(int argc, char **argv)
{
	struct counted c = { 0 };
	size_t i;

	if (argc != 6) {
		fprintf(stderr, "usage: loop BASES STATE SEED SECONDS EXECUTIONS\n");
		return 2;
	}
	state_name = argv[2];
	c.seed = strtoull(argv[3], NULL, 0);
	read_state(&c);
	own_read_bases(argv[1], bases, OWN_TARGETS);
	for (i = 0; i < OWN_TARGETS; i++) {
		OWN_CHECK(bases[i].head_size == own_targets[i].head_size);
		own_room_open(&inputs[i].room, OWN_MAX_DATA);
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	signal(SIGABRT, aborted);
	__sanitizer_set_death_callback(write_finding);
	run(&c, strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0));
	return 0;
}

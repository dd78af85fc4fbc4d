/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A case, asked of the target and of the oracle: kfi_fuzz_start() once, kfi_fuzz_one() for each. The
 * target is whoever has kfp_answer() (kfi_protocol.h). Whole answers are compared, so a harness uses
 * every field that a parser has made, and no compiler can leave the parser out.
 *
 * A difference is told on standard error, then the process aborts; where the environment has
 * KFI_FUZZ_FINDINGS it is a folder, into which the first case of each group of differences is
 * written, and the run goes on. One file of a program includes this one.
 */
#ifndef KFI_HARNESS_H
#define KFI_HARNESS_H

#include <pthread.h>
#include <sys/wait.h>

#include "kfi_fields.h"
#include "kfi_shared_state.h"
#include "kfi_state.h"

/* A rule's name in an answer. */
struct kfi_rule_text {
	const char *name;
	size_t size;
};

/* An answer; what stands behind its payload is a sanitizer's. */
struct kfi_answer {
	__u16 type;
	size_t size;
	__u8 payload[KFP_PAYLOAD_MAX];
};

static struct kfi_fuzz {
	unsigned int answers;		/* enum kfi_feature, of the target */
	const char *findings;		/* a folder, or NULL */
	bool goes_on;			/* after a difference, without such a folder */
	bool inside;			/* the target is running */
	bool forked, child;		/* it has started a process; this is that process */
	struct kfi_request requests[KFI_REQUESTS_MAX];
	struct kfi_answer expected, got;
	__u64 loads;			/* of shared memory, by the target */
} kfi_fuzz;

static inline bool kfi_named(const char *list, size_t size, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 0; i + n <= size; i++)
		if (!memcmp(list + i, name, n) && (!i || list[i - 1] == ' ') &&
		    (i + n == size || list[i + n] == ' '))
			return true;
	return false;
}

/* Which requests the target answers, by the last part of its HELLO. */
static inline unsigned int kfi_fuzz_hello(void)
{
	static const char *const names[] = { "vmm", "read", "check", "ring", "host", "walk" };
	static __u8 room[KFP_PAYLOAD_MAX];
	struct kfp_hello_request q = { KFP_PROTOCOL };
	uint16_t type = KFP_TYPE_HELLO;
	size_t size = kfp_answer(&type, &q, sizeof(q), room), at = sizeof(struct kfp_hello_answer);
	unsigned int answers = 0, part, length = 0, i;

	if (type != KFP_TYPE_HELLO || size > sizeof(room) || size < at || kfi_get16(room) != KFP_PROTOCOL)
		return 0;
	for (part = 0; part < 4; part++) {
		at += length;
		if (at + 2 > size)
			return 0;
		length = kfi_get16(room + at);
		at += 2;
	}
	for (i = 0; i < KFI_COUNT(names) && at + length <= size; i++)
		if (kfi_named((const char *)room + at, length, names[i]))
			answers |= 1U << i;
	return answers;
}

static void kfi_fuzz_in_parent(void)
{
	kfi_fuzz.forked |= kfi_fuzz.inside;
}

static void kfi_fuzz_in_child(void)
{
	kfi_fuzz.child |= kfi_fuzz.inside;
}

/* Ask the target who it is; it must be there and answer something that a case can ask. */
static inline void kfi_fuzz_start(void)
{
	kfi_state_open();
	kfi_fuzz.findings = getenv("KFI_FUZZ_FINDINGS");
	kfi_fuzz.answers = kfi_fuzz_hello();
	if (!kfi_fuzz.answers) {
		fputs("kfi: the target's HELLO names none of vmm, read, check, ring, host\n", stderr);
		exit(3);
	}
	pthread_atfork(NULL, kfi_fuzz_in_parent, kfi_fuzz_in_child);
}

/* Processes that the target has started: one that comes back ends, it is no second fuzzer. */
static inline void kfi_fuzz_processes(void)
{
	if (kfi_fuzz.child)
		_exit(0);
	if (!kfi_fuzz.forked)
		return;
	kfi_fuzz.forked = false;
	kfi_state->forks++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static inline void kfi_fuzz_target(const struct kfi_request *r)
{
	struct kfi_answer *a = &kfi_fuzz.got;

	a->type = r->type;
	kfi_fuzz.inside = true;
	a->size = kfp_answer(&a->type, kfi_request_payload(r), r->size, a->payload);
	kfi_fuzz.inside = false;
	kfi_fuzz.loads = kfi_shared.loads;
	kfi_fuzz_processes();
	if (a->size > sizeof(a->payload)) {
		fprintf(stderr, "kfi: an answer of %zu bytes, there is room for %zu\n", a->size,
			sizeof(a->payload));
		abort();
	}
}

static inline void kfi_fuzz_oracle(const struct kfi_request *r)
{
	struct kfi_answer *a = &kfi_fuzz.expected;

	a->type = r->type;
	if (r->type == KFP_TYPE_HOST || r->type == KFI_TYPE_WALK)
		a->size = kfi_oracle_host(&a->type, kfi_request_payload(r), r->size, a->payload);
	else
		a->size = kfi_oracle_vmm(&a->type, kfi_request_payload(r), r->size, a->payload);
}

KFI_UNGUIDED static inline bool kfi_fuzz_same(void)
{
	const struct kfi_answer *a = &kfi_fuzz.expected, *b = &kfi_fuzz.got;

	return a->type == b->type && a->size == b->size && kfi_equal(a->payload, b->payload, a->size);
}

/* The first part of an answer, which names a rule (of most: the one that decided). */
KFI_UNGUIDED static inline struct kfi_rule_text kfi_fuzz_rule(const struct kfi_answer *a, size_t fixed)
{
	struct kfi_rule_text text = { "", 0 };

	if (a->size < fixed + 2)
		return text;
	text.name = (const char *)a->payload + fixed + 2;
	text.size = kfi_get16(a->payload + fixed);
	if (text.size > a->size - fixed - 2)
		text.size = a->size - fixed - 2;
	return text;
}

/* Tell a difference; its group is what was asked, the rules of both, and the field. */
static inline __u64 kfi_fuzz_tell(const struct kfi_request *r, bool silent)
{
	const struct kfi_answer_layout *layout = kfi_answer_layout(r->type);
	const struct kfi_answer *a = &kfi_fuzz.expected, *b = &kfi_fuzz.got;
	struct kfi_rule_text mine = kfi_fuzz_rule(a, layout->size), its = kfi_fuzz_rule(b, layout->size);
	const struct kfi_answer_field *field = kfi_first_difference(layout, a->payload, a->size,
								    b->payload, b->size);
	size_t i;

	if (a->type != b->type)
		its.size = 0;
	if (!silent) {
		fprintf(stderr, "kfi: difference: %s, field %s\n", layout->name,
			a->type == b->type ? field->name : "type");
		fprintf(stderr, "kfi: rule: expected \"%.*s\", got \"%.*s\"\n", (int)mine.size, mine.name,
			(int)its.size, its.name);
		for (i = 0; i < field->width; i++)
			fprintf(stderr, "kfi: byte %#zx: expected %02x, got %02x\n", field->offset + i,
				a->payload[field->offset + i], b->payload[field->offset + i]);
	}
	return kfi_hash(kfi_hash(kfi_hash(r->type + 1ULL, mine.name, mine.size), its.name, its.size),
			a->type == b->type ? field->name : "type", 4) ^ field->offset;
}

/* Write a case under the name of its group, all of it or nothing. */
static inline void kfi_fuzz_record(__u64 group, const __u8 *data, size_t size)
{
	char name[4096], part[4096 + 32];
	int fd;

	snprintf(name, sizeof(name), "%s/%016llx", kfi_fuzz.findings, (unsigned long long)group);
	snprintf(part, sizeof(part), "%s/.%016llx.%ld", kfi_fuzz.findings, (unsigned long long)group,
		 (long)getpid());
	if (!access(name, F_OK))
		return;
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) || rename(part, name))
		perror(name);
}

static inline void kfi_fuzz_difference(const struct kfi_request *r, const __u8 *data, size_t size)
{
	__u64 group = kfi_fuzz_tell(r, kfi_fuzz.findings);

	kfi_state->differences++;
	if (!kfi_fuzz.findings && !kfi_fuzz.goes_on)
		abort();
	if (kfi_fuzz.findings && kfi_state_group(group))
		kfi_fuzz_record(group, data, size);
}

#include "kfi_timing.h"

/* Ask both. Whoever does not load through kfi_shared_load() has not seen the changes. */
static inline bool kfi_fuzz_ask(const struct kfi_request *r, const struct kfi_case *c)
{
	struct kfi_case_change changes[KFI_CASE_MAX_CHANGES];
	__u32 i;

	for (i = 0; i < c->nr_changes; i++)
		kfi_case_change(c, i, &changes[i]);
	kfi_shared_begin(changes, c->nr_changes, c->size);
	kfi_fuzz_target(r);
	kfi_shared_begin(changes, kfi_fuzz.loads ? c->nr_changes : 0, c->size);
	kfi_fuzz_oracle(r);
	return kfi_fuzz_same() || (c->nr_changes && kfi_fuzz.loads && kfi_timing(r, changes, c));
}

/* What the oracle's answers say of the rules that the campaign has reached. */
KFI_UNGUIDED static inline void kfi_fuzz_reached(const struct kfi_request *r, const struct kfi_case *c)
{
	struct kfi_rule_text rule = kfi_fuzz_rule(&kfi_fuzz.expected, kfi_answer_layout(r->type)->size);
	__u64 broken = 0;

	if (rule.size)
		kfi_state_rule(kfi_rule_number(rule.name, rule.size));
	if (c->surface == KFI_CASE_RECORD)
		broken = kfi_oracle_broken(c->data, c->size, c->reader, c->options & KFI_CASE_EXACT);
	kfi_state->rules[0] |= broken;
}

/* One case. Returns how many of its requests the target answered otherwise than the oracle. */
static inline int kfi_fuzz_one(const __u8 *data, size_t size)
{
	struct kfi_case c;
	size_t n, i;
	int wrong = 0;

	kfi_case_parse(&c, data, size);
	n = kfi_requests(kfi_fuzz.requests, &c, kfi_fuzz.answers);
	for (i = 0; i < n; i++) {
		if (!kfi_fuzz_ask(&kfi_fuzz.requests[i], &c)) {
			kfi_fuzz_difference(&kfi_fuzz.requests[i], data, size);
			wrong++;
		}
		kfi_fuzz_reached(&kfi_fuzz.requests[i], &c);
	}
	kfi_state->executions++;
	kfi_state->surfaces[c.surface]++;
	return wrong;
}

#endif /* KFI_HARNESS_H */

// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A target over one C function, parse_record(), which your own file has:
 *
 *	faultinfo fuzz --target function.c parser.c --time 60
 *
 * The two make a library with kfp_answer(), too (-shared -fPIC), and a program that speaks the
 * conformance protocol.
 */
#include "kfi_serve.h"
#include "kvm_arm_fault_info.h"

/*
 * Read a record of size bytes, of which exact says whether it is just the record, as a reader that
 * knows minor versions up to reader. Returns the rule by which it is refused; or "", with info filled
 * (zeros at first; fields that the record's version or the reader has not stay zero), and *tail the
 * bytes of a newer minor version beyond them.
 */
const char *parse_record(const uint8_t *data, size_t size, unsigned int reader, bool exact,
			 struct kvm_arm_fault_info *info, size_t *tail);

static uint8_t outcome(const char *rule)
{
	if (!*rule)
		return KFP_OUTCOME_VALUE;
	if (!strcmp(rule, "vmm.major.unknown") || !strcmp(rule, "vmm.critical.unknown"))
		return KFP_OUTCOME_NOT_UNDERSTOOD;
	return KFP_OUTCOME_MALFORMED;
}

static void read_record(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_read_request q;
	struct kfp_read_answer a = { 0 };
	struct kvm_arm_fault_info info = { 0 };
	struct kfp_part part = kfp_take_both(in, &q, sizeof(q));
	size_t tail = 0;
	const char *rule = parse_record(part.data, part.size, q.reader, q.exact, &info, &tail);

	a.outcome = outcome(rule);
	if (!*rule) {
		a.tail = (uint32_t)tail;
		memcpy(a.info, &info, sizeof(a.info));
	}
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, rule);
}

static const struct kfp_handler handlers[] = { { KFP_TYPE_READ, read_record } };
const struct kfp_target kfp_target = { "function", "1", "1.0 1.1", "read", handlers, 1 };

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A page that changes while it is read: no rule says in which order a consumer loads its words, so an
 * answer is right that the oracle gives when the same changes, in their order, come at any other
 * moments. A target that is known to load as kfi_ring.h does is held to the very moment, with
 * -DKFI_SAME_LOADS.
 */
#ifndef KFI_TIMING_H
#define KFI_TIMING_H

/* Times that the oracle is asked about one difference; beyond that it is undecided. */
#define KFI_TIMING_MAX				4096

#ifndef KFI_SAME_LOADS
static struct {
	struct kfi_case_change changes[KFI_CASE_MAX_CHANGES];
	__u32 log[KFI_SHARED_LOG], loads, asked;
} kfi_moments;

static inline void kfi_timing_log(void)
{
	kfi_moments.loads = kfi_shared.loads < KFI_SHARED_LOG ? (__u32)kfi_shared.loads : KFI_SHARED_LOG;
	memcpy(kfi_moments.log, kfi_shared.log, sizeof(kfi_moments.log));
}

/* Move the changes from the n-th on; a change shows first to the load of its word that comes next. */
static inline bool kfi_timing_from(const struct kfi_request *r, const struct kfi_case *c, __u32 n, __u32 from)
{
	struct kfi_case_change *change = &kfi_moments.changes[n];
	__u32 moment, word;

	if (n == c->nr_changes) {
		kfi_shared_begin(kfi_moments.changes, c->nr_changes, c->size);
		kfi_fuzz_oracle(r);
		return kfi_fuzz_same() || ++kfi_moments.asked == KFI_TIMING_MAX;
	}
	word = (__u32)(change->word % (c->size / 8));
	for (moment = from; moment <= kfi_moments.loads; moment++) {
		if (moment != from && kfi_moments.log[moment - 1] != word)
			continue;
		change->after = moment;
		if (kfi_timing_from(r, c, n + 1, moment))
			return true;
	}
	return false;
}
#endif

/* Whether the target's answer is one that the changes can bring about; the oracle's stays as it was. */
static inline bool kfi_timing(const struct kfi_request *r, const struct kfi_case_change *changes,
			      const struct kfi_case *c)
{
#ifdef KFI_SAME_LOADS
	(void)r, (void)changes, (void)c;
	return false;
#else
	bool can;

	kfi_timing_log();
	kfi_moments.asked = 0;
	memcpy(kfi_moments.changes, changes, c->nr_changes * sizeof(*changes));
	can = c->size >= 8 && kfi_timing_from(r, c, 0, 0);
	kfi_state->undecided += kfi_moments.asked == KFI_TIMING_MAX;
	kfi_shared_begin(changes, c->nr_changes, c->size);
	kfi_fuzz_oracle(r);
	return can;
#endif
}

#endif /* KFI_TIMING_H */

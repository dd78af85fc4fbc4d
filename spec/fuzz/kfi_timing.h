/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A page that changes while it is read: no rule says when a consumer loads its words, nor in which
 * order it copies those of the header, or those of a slot between two looks at its stamp. So an answer
 * is right that the oracle gives when the changes that came to the target, in their order, come at any
 * other moments, and a copy has any order. lost is loaded after the slot's copy: a consumer that loads
 * it before, which no rule forbids, may be called wrong. A target that is known to load as kfi_ring.h
 * does is held to the very moment, with -DKFI_SAME_LOADS.
 */
#ifndef KFI_TIMING_H
#define KFI_TIMING_H

/* Times that the oracle is asked about one difference; beyond that it is undecided. */
#define KFI_TIMING_MAX				4096

#ifndef KFI_SAME_LOADS
#define KFI_NEVER				0xffffffffU

static struct {
	struct kfi_case_change changes[KFI_CASE_MAX_CHANGES];
	__u32 nr; /* that came while the target loaded */
	__u32 asked;
	bool undecided;
} kfi_moments;

/* The changes in the order in which they come. */
static inline void kfi_timing_sorted(const struct kfi_case_change *changes, __u32 nr)
{
	__u32 i, n;

	for (n = 0; n < nr; n++) {
		for (i = n; i && kfi_moments.changes[i - 1].after > changes[n].after; i--)
			kfi_moments.changes[i] = kfi_moments.changes[i - 1];
		kfi_moments.changes[i] = changes[n];
	}
}

/* Whether the oracle gives the answer when the changes from the n-th on come at no moment. */
static inline bool kfi_timing_ask(const struct kfi_request *r, const struct kfi_case *c, __u32 n)
{
	__u32 i;

	for (i = n; i < c->nr_changes; i++)
		kfi_moments.changes[i].after = KFI_NEVER;
	kfi_shared_begin(kfi_moments.changes, c->nr_changes, c->size);
	kfi_fuzz_oracle(r);
	kfi_moments.undecided |= kfi_shared.loads > KFI_SHARED_LOG || ++kfi_moments.asked >= KFI_TIMING_MAX;
	return kfi_moments.undecided || kfi_fuzz_same();
}

/* Where the copy began that a moment is in, as the words it loaded by then tell; else that moment. */
static inline __u32 kfi_timing_copy(const __u32 *log, __u32 moment)
{
	__u32 first = moment;

	while (first && (first == moment || log[first] == log[first - 1] + 1))
		first--;
	if (first == moment || !log[first])
		return first;
	return first + 1; /* the look at the stamp comes before its slot's copy */
}

/*
 * Try the moments of the n-th change and of those after it. What is loaded before it comes does not
 * depend on it, and it shows first to the load of its word that comes next: so it may as well come
 * with the change before it, after a load of its word, or after a store, which could undo it. One that
 * comes in a copy, after its word's load, may come before every other load of that copy.
 */
static inline bool kfi_timing_from(const struct kfi_request *r, const struct kfi_case *c, __u32 n, __u32 from)
{
	struct kfi_case_change *changes = kfi_moments.changes;
	__u32 log[KFI_SHARED_LOG], loads, moment, word, words = (__u32)(c->size / 8), i;
	__u8 stored[KFI_SHARED_LOG];

	if (kfi_timing_ask(r, c, n))
		return true;
	if (n == kfi_moments.nr)
		return false;
	loads = (__u32)kfi_shared.loads;
	memcpy(log, kfi_shared.log, loads * sizeof(*log));
	memcpy(stored, kfi_shared.stored, sizeof(stored));
	word = changes[n].word % words;
	for (i = 0; i < n; i++)
		if (changes[i].word % words == word && changes[i].after > from)
			from = changes[i].after;
	for (moment = from; moment <= loads; moment++) {
		if (moment != from && log[moment - 1] != word && !(moment < KFI_SHARED_LOG && stored[moment]))
			continue;
		changes[n].after = moment;
		if (kfi_timing_from(r, c, n + 1, kfi_timing_copy(log, moment)))
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

	kfi_moments.asked = 0;
	kfi_moments.undecided = false;
	kfi_timing_sorted(changes, c->nr_changes);
	for (kfi_moments.nr = 0; kfi_moments.nr < c->nr_changes; kfi_moments.nr++)
		if (kfi_moments.changes[kfi_moments.nr].after >= kfi_fuzz.loads)
			break;
	can = c->size >= 8 && kfi_timing_from(r, c, 0, 0);
	kfi_state->undecided += kfi_moments.undecided;
	kfi_shared_begin(changes, c->nr_changes, c->size);
	kfi_fuzz_oracle(r);
	return can;
#endif
}

#endif /* KFI_TIMING_H */

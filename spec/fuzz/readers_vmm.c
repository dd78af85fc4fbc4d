// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The VMM's readers of spec/c behind the C adapter, under another name: the oracle of a harness. With
 * -DKFI_READERS=kfi_target they are a target, and this file has its kfp_answer().
 */
#include "kfi_oracle.h"
#include "kfi_shared.h" /* before kfi_ring.h */

#define kfp_answer				KFI_NAMED(adapter)
#define kfp_target				KFI_NAMED(adapter_target)
#define main					KFI_NAMED(adapter_main)
#include "adapter.c"
#undef main
#undef kfp_target
#undef kfp_answer

static void read_record(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_read_request q;
	struct kfp_read_answer a = { 0 };
	struct kfi_record record;
	struct kfi_error error = { 0 };
	struct kfp_part part = kfp_take_both(in, &q, sizeof(q));

	a.outcome = (uint8_t)kfi_read(part.data, part.size, q.reader, q.exact, &record, &error);
	if (a.outcome == KFI_UNDERSTOOD) {
		a.tail = (uint32_t)record.tail_size;
		memcpy(a.info, &record.info, sizeof(a.info));
	}
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(error.rule));
}

/* As the adapter's consume(), but of memory that ends where the image does, and that changes. */
static int consume_at(__u64 *image, size_t size, uint32_t dealt, struct kfi_slot *slot,
		      struct kfi_error *error)
{
	static __u64 copy[KFP_FRAME_MAX / 8];
	int step = KFI_RING_REFUSED;
	struct kfi_ring r;

	if (kfi_ring_attach(&r, image, size, error))
		do
			step = kfi_ring_fetch(&r, copy, sizeof(copy), slot, error);
		while (step == KFI_RING_SLOT && dealt-- && kfi_ring_commit(&r, slot));
	return step;
}

static void ring_changing(struct kfp_in *in, struct kfp_out *out)
{
	static __u64 room[KFP_FRAME_MAX / 8]; /* what stands behind it is a sanitizer's */
	struct kfp_ring_request q;
	struct kfp_ring_answer a = { 0 };
	struct kfi_error error = { 0 };
	struct kfi_slot s = { 0 };
	struct kfp_part part = kfp_take_both(in, &q, sizeof(q));
	__u64 *image = room + KFI_COUNT(room) - (part.size + 7) / 8;

	if (part.size % 8)
		room[KFI_COUNT(room) - 1] = 0;
	memcpy(image, part.data, part.size);
	kfi_shared_at(image);
	if (consume_at(image, part.size, q.dealt, &s, &error) != KFI_RING_REFUSED &&
	    consume_at(image, part.size, 0, &s, &error) == KFI_RING_SLOT)
		a = (struct kfp_ring_answer){ s.position, s.sequence, s.lost, s.vcpu, 1, { 0 } };
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(error.rule));
	kfp_put_part(out, a.found ? s.record : NULL, a.found ? s.record_size : 0);
}

__u64 KFI_NAMED(broken)(const void *data, size_t size, __u8 reader, bool exact)
{
	struct kfi_record record;
	struct kfi_error error;

	if (kfi_read(data, size, reader, exact, &record, &error) == KFI_UNDERSTOOD)
		return kfi_check(&record.info, reader);
	return error.rule < 64 ? KFI_BIT(error.rule) : 0;
}

size_t KFI_NAMED(vmm)(uint16_t *type, const void *payload, size_t size, void *answer)
{
	struct kfp_in in = { (const uint8_t *)payload, size, false };
	struct kfp_out out = { (uint8_t *)answer, (uint8_t *)answer };

	if (*type == KFP_TYPE_READ)
		read_record(&in, &out);
	else if (*type == KFP_TYPE_RING)
		ring_changing(&in, &out);
	else
		return KFI_NAMED(adapter)(type, payload, size, answer);
	return (size_t)(out.at - out.start);
}

#ifdef KFI_AS_TARGET
/* HELLO names all that the two files answer. */
size_t kfp_answer(uint16_t *type, const void *payload, size_t size, void *answer)
{
	static const char *const said[] = { "readers", "1", "1.0 1.1", "vmm check read ring host reply walk" };
	struct kfp_out out = { (uint8_t *)answer, (uint8_t *)answer };
	struct kfp_hello_answer a = { KFP_PROTOCOL };
	size_t i;

	if (*type == KFP_TYPE_HOST || *type == KFP_TYPE_REPLY || *type == KFI_TYPE_WALK)
		return KFI_NAMED(host)(type, payload, size, answer);
	if (*type != KFP_TYPE_HELLO)
		return KFI_NAMED(vmm)(type, payload, size, answer);
	kfp_put(&out, &a, sizeof(a));
	for (i = 0; i < KFI_COUNT(said); i++)
		kfp_put_text(&out, said[i]);
	return (size_t)(out.at - out.start);
}
#endif

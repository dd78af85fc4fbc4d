// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The host's side of spec/c behind the C adapter, under another name, and the walker by itself; see
 * readers_vmm.c.
 */
#include "kfi_oracle.h"

#define kfp_answer				KFI_NAMED(host_adapter)
#define kfp_target				KFI_NAMED(host_adapter_target)
#define main					KFI_NAMED(host_adapter_main)
#include "host.c"
#undef main
#undef kfp_target
#undef kfp_answer

static __u64 digest(__u64 sum, const void *data, size_t size)
{
	const __u8 *p = (const __u8 *)data;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ p[i]) * 0x100000001b3ULL;
	return sum;
}

/* Everything that the walk gives is looked at, so no part of it can be left out unseen. */
static void walk(struct kfp_in *in, struct kfp_out *out)
{
	struct kfi_walk_answer a = { 0, { 0 }, 0, 0xcbf29ce484222325ULL };
	struct kfp_part part = kfp_take_part(in);
	struct kfi_cper_item item;
	struct kfi_error error = { 0 };
	struct kfi_cper w;
	int step = KFI_CPER_REFUSED;

	if (kfi_cper_open(&w, part.data, part.size, &error))
		while ((step = kfi_cper_next(&w, &item, &error)) == KFI_CPER_ITEM) {
			__u64 what[] = { (__u64)(item.bytes - part.data), item.size, item.entry,
					 item.item, item.type };

			a.items++;
			a.digest = digest(a.digest, what, sizeof(what));
			a.digest = digest(a.digest, item.bytes, item.size);
		}
	if (step != KFI_CPER_END) {
		a.items = 0;
		a.digest = 0;
		a.outcome = KFI_MALFORMED;
	}
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(error.rule));
}

size_t KFI_NAMED(host)(uint16_t *type, const void *payload, size_t size, void *answer)
{
	struct kfp_in in = { (const uint8_t *)payload, size, false };
	struct kfp_out out = { (uint8_t *)answer, (uint8_t *)answer };

	if (*type != KFI_TYPE_WALK)
		return KFI_NAMED(host_adapter)(type, payload, size, answer);
	walk(&in, &out);
	return (size_t)(out.at - out.start);
}

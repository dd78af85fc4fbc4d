// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A target over a C library that reads records, rings or firmware records by itself: this file is
 * between its functions and kfp_answer(). Take adapter.c or host.c of spec/adapters/c where the
 * library has the shape of the readers of spec/c; a library that exports kfp_answer() needs no file:
 *
 *	faultinfo fuzz --target libmine.so --time 60
 *	faultinfo fuzz --target library.c libmine.a --cflags -Iinclude --time 60
 *
 * A library that was compiled with -fsanitize=fuzzer-no-link,address guides libFuzzer by its own
 * branches; any other is guided by the oracle's alone.
 */
#include "kfi_serve.h"

/* RING: the image of a ring; what the second consumer finds after the first has dealt with so many. */
static void ring(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_ring_request q;
	struct kfp_ring_answer a = { 0 };
	struct kfp_part image = kfp_take_both(in, &q, sizeof(q));

	(void)image; /* your consumer comes here */
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, "vmm.ring.header");
	kfp_put_part(out, NULL, 0);
}

static const struct kfp_handler handlers[] = { { KFP_TYPE_RING, ring } };
const struct kfp_target kfp_target = { "library", "1", "1.0 1.1", "ring", handlers, 1 };

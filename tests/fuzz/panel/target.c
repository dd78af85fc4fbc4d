/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A bug of the panel as a target: the readers of readers_vmm.c and readers_host.c, each request in
 * memory of just its size, so that AddressSanitizer sees what reads one byte past it.
 */
#include <stdlib.h>
#include <string.h>

#define KFI_READERS				kfi_target
#include "kfi_oracle.h"

static size_t put_text(uint8_t *to, const char *text)
{
	size_t size = strlen(text);

	to[0] = (uint8_t)size;
	to[1] = (uint8_t)(size >> 8);
	memcpy(to + 2, text, size);
	return size + 2;
}

static size_t hello(uint8_t *answer)
{
	size_t size = sizeof(struct kfp_hello_answer);

	answer[0] = KFP_PROTOCOL;
	answer[1] = 0;
	size += put_text(answer + size, "panel");
	size += put_text(answer + size, "1");
	size += put_text(answer + size, "1.0 1.1");
	return size + put_text(answer + size, "vmm check ring host walk");
}

size_t kfp_answer(uint16_t *type, const void *payload, size_t size, void *answer)
{
	uint8_t *own;

	if (*type == KFP_TYPE_HELLO)
		return hello((uint8_t *)answer);
	own = (uint8_t *)malloc(size);
	if (!own)
		abort();
	memcpy(own, payload, size);
	if (*type == KFP_TYPE_HOST || *type == KFI_TYPE_WALK)
		size = kfi_target_host(type, own, size, answer);
	else
		size = kfi_target_vmm(type, own, size, answer);
	free(own);
	return size;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A refusal as text, into a buffer of any size. */
#ifndef OWN_PATH_H
#define OWN_PATH_H

#include "kfi_text.h"
#include "own.h"

static struct own_room own_text;

/* The text is long to make: of some. Numbers that are no rule, place or field have no name. */
static inline void own_path(const struct kfi_error *error)
{
	size_t room = 1 + (error->got >> 4 & 127);
	struct kfi_error any = *error;
	char *text;

	if ((error->got ^ error->offset) & 15)
		return;
	if (!own_text.memory)
		own_room_open(&own_text, 128);
	text = (char *)own_room_resize(&own_text, room, false);
	OWN_CHECK(*kfi_rule_name(error->rule));
	kfi_error_path(error, text, room);
	OWN_CHECK(strnlen(text, room) < room);
	any.rule = any.where = any.field = (__u8)error->got;
	OWN_CHECK(kfi_rule_name(any.rule));
	kfi_error_path(&any, text, room);
	OWN_CHECK(strnlen(text, room) < room);
}

#endif /* OWN_PATH_H */

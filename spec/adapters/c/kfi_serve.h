/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The loop of a target in C: frames in on standard input, answers out on standard output. What came
 * whole by one read() is answered by one write(). The one file that includes this defines kfp_target,
 * and is a program; built with -shared it is a library for faultinfo conform --library.
 */
#ifndef KFI_SERVE_H
#define KFI_SERVE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kfi_protocol.h"

/* A request's payload that is being taken apart; bad: it ended too early. */
struct kfp_in {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* Bytes of the request. */
struct kfp_part {
	const uint8_t *data;
	size_t size;
};

/* An answer's payload that is being written. */
struct kfp_out {
	uint8_t *start;
	uint8_t *at;
};

/* What answers one type of request. */
struct kfp_handler {
	uint16_t type;
	void (*answer)(struct kfp_in *in, struct kfp_out *out);
};

/* Who the target is, as HELLO says it: texts with a space between; and what answers its features. */
struct kfp_target {
	const char *name;
	const char *version;
	const char *abi_versions;
	const char *features;
	const struct kfp_handler *handlers;
	size_t nr_handlers;
};

extern const struct kfp_target kfp_target;

/* So many bytes; NULL if there are fewer. */
static inline const uint8_t *kfp_take(struct kfp_in *in, size_t size)
{
	const uint8_t *taken = in->at;

	if (size > in->left) {
		in->bad = true;
		return NULL;
	}
	in->at += size;
	in->left -= size;
	return taken;
}

/* The fixed layout of a request; zeros if it is cut off. */
static inline void kfp_take_fixed(struct kfp_in *in, void *fixed, size_t size)
{
	const uint8_t *taken = kfp_take(in, size);

	if (taken)
		memcpy(fixed, taken, size);
	else
		memset(fixed, 0, size);
}

/* The next part of a request; empty if it is cut off. */
static inline struct kfp_part kfp_take_part(struct kfp_in *in)
{
	const uint8_t *length = kfp_take(in, 2);
	struct kfp_part part = { NULL, length ? length[0] | (size_t)length[1] << 8 : 0 };

	part.data = kfp_take(in, part.size);
	if (!part.data) {
		part.data = in->at;
		part.size = 0;
	}
	return part;
}

/* A request of a fixed layout and one part. */
static inline struct kfp_part kfp_take_both(struct kfp_in *in, void *fixed, size_t size)
{
	kfp_take_fixed(in, fixed, size);
	return kfp_take_part(in);
}

/* A part copied to where it is aligned, KFP_PAYLOAD_MAX bytes; its size. */
static inline size_t kfp_copy_part(struct kfp_in *in, void *to)
{
	struct kfp_part part = kfp_take_part(in);

	if (part.size)
		memcpy(to, part.data, part.size);
	return part.size;
}

static inline void kfp_put(struct kfp_out *out, const void *data, size_t size)
{
	memcpy(out->at, data, size);
	out->at += size;
}

/* The next part of an answer. */
static inline void kfp_put_part(struct kfp_out *out, const void *data, size_t size)
{
	*out->at++ = (uint8_t)size;
	*out->at++ = (uint8_t)(size >> 8);
	if (size)
		kfp_put(out, data, size);
}

static inline void kfp_put_text(struct kfp_out *out, const char *text)
{
	kfp_put_part(out, text, strlen(text));
}

static inline void kfp_hello(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_hello_request q;
	struct kfp_hello_answer a = { KFP_PROTOCOL };

	kfp_take_fixed(in, &q, sizeof(q));
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfp_target.name);
	kfp_put_text(out, kfp_target.version);
	kfp_put_text(out, kfp_target.abi_versions);
	kfp_put_text(out, kfp_target.features);
}

static inline void kfp_bye(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_bye_request q;
	struct kfp_bye_answer a = { 0 };

	kfp_take_fixed(in, &q, sizeof(q));
	kfp_put(out, &a, sizeof(a));
}

/* As kfi_protocol.h describes it. */
size_t kfp_answer(uint16_t *type, const void *payload, size_t size, void *answer)
{
	static const struct kfp_handler own[] = { { KFP_TYPE_HELLO, kfp_hello }, { KFP_TYPE_BYE, kfp_bye } };
	struct kfp_in in = { (const uint8_t *)payload, size, false };
	struct kfp_out out = { (uint8_t *)answer, (uint8_t *)answer };
	const struct kfp_handler *handler = NULL;
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (own[i].type == *type)
			handler = &own[i];
	for (i = 0; i < kfp_target.nr_handlers; i++)
		if (kfp_target.handlers[i].type == *type)
			handler = &kfp_target.handlers[i];
	if (!handler) {
		*type = KFP_TYPE_UNSUPPORTED;
		return 0;
	}
	handler->answer(&in, &out);
	if (in.bad || in.left) {
		*type = KFP_TYPE_FAILED;
		out.at = out.start;
		kfp_put(&out, "the payload is too short or too long", 36);
	}
	return (size_t)(out.at - out.start);
}

static inline bool kfp_write(const uint8_t *data, size_t size)
{
	ssize_t done;

	for (; size; data += done, size -= (size_t)done) {
		done = write(STDOUT_FILENO, data, size);
		if (done <= 0)
			return false;
	}
	return true;
}

/* Answer whole frames; returns the bytes that were used up, and sets *bye after BYE. */
static size_t kfp_serve_some(const uint8_t *data, size_t size, bool *bye)
{
	static uint8_t answers[4 * KFP_FRAME_MAX];
	const size_t before = sizeof(struct kfp_frame) - KFP_FRAME_COUNTED;
	struct kfp_frame head;
	size_t at = 0, out = 0, end;

	while (!*bye && size - at >= sizeof(head)) {
		memcpy(&head, data + at, sizeof(head));
		if (head.length < KFP_FRAME_COUNTED || head.length > KFP_FRAME_MAX - before) {
			fprintf(stderr, "no frame: length %#x\n", head.length);
			_exit(1);
		}
		end = at + before + head.length;
		if (end > size)
			break;
		if (sizeof(answers) - out < KFP_FRAME_MAX) {
			if (!kfp_write(answers, out))
				_exit(1);
			out = 0;
		}
		*bye = head.type == KFP_TYPE_BYE;
		head.length = KFP_FRAME_COUNTED +
			      (uint32_t)kfp_answer(&head.type, data + at + sizeof(head),
						   end - at - sizeof(head),
						   answers + out + sizeof(head));
		memcpy(answers + out, &head, sizeof(head));
		out += before + head.length;
		at = end;
	}
	if (!kfp_write(answers, out))
		_exit(1);
	return at;
}

int main(void)
{
	static uint8_t data[4 * KFP_FRAME_MAX];
	size_t size = 0, used;
	bool bye = false;
	ssize_t got;

	while (!bye) {
		got = read(STDIN_FILENO, data + size, sizeof(data) - size);
		if (got <= 0)
			break;
		size += (size_t)got;
		used = kfp_serve_some(data, size, &bye);
		size -= used;
		memmove(data, data + used, size);
	}
	return 0;
}

#endif /* KFI_SERVE_H */

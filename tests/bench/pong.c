// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The bare side of a ping-pong over pipes: of each frame nothing is looked at but its length and its id, and
 * so many bytes as the id says are the answer. What came whole by one read() is answered by one write().
 */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static unsigned char in[1 << 18], out[1 << 18];

int main(void)
{
	size_t size = 0, at, said;
	uint32_t head[2];
	ssize_t got;

	while ((got = read(0, in + size, sizeof(in) - size)) > 0) {
		size += (size_t)got;
		for (at = said = 0; size - at >= sizeof(head); at += 4 + head[0], said += head[1]) {
			memcpy(head, in + at, sizeof(head));
			if (size - at < 4 + head[0] || said + head[1] > sizeof(out))
				break;
		}
		if (said && write(1, out, said) != (ssize_t)said)
			return 1;
		size -= at;
		memmove(in, in + at, size);
	}
	return 0;
}

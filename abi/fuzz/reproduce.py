# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A reproducer of one finding: one file that needs the target and nothing of the kit.

For what has kfp_answer() it is the C program that is made here, for a process or for Python files a Python script
(:mod:`abi.fuzz.reproduce_python`). All ask the one request, compare the answer with the expected one, field by field,
and end with 0 if it is right and 1 if it is not.
"""

from __future__ import annotations

import textwrap
from typing import Final

from abi.conformance.in_process import DECLARATION
from abi.conformance.protocol import FRAME, FRAME_MAX, Message
from abi.definition import RECORD
from abi.fuzz.asking import Exchange
from abi.fuzz.case import parse
from abi.fuzz.findings import Finding

C_NAME: Final = "reproduce.c"
#: Seconds after which the target counts as hanging.
PATIENCE: Final = 10
LICENCE: Final = "SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause"

_C: Final = """\
/* {licence} */
/*
{about}
 *
 * To build it with the target and run it; exit 0: the answer is right, 1: it is not.
 *	cc -g -fsanitize=address,undefined -Dmain=target_main -c TARGET.c -o target.o
 *	cc -g -fsanitize=address,undefined {name} target.o -o reproduce && ./reproduce
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

{declaration}

static const unsigned char asked[] = {{
{asked}
}};
static const unsigned char expected[] = {{
{expected}
}};
/* What the target has answered{never}. */
static const unsigned char seen[] = {{
{seen}
}};
static const struct {{
	const char *name;
	size_t offset, width;
}} fields[] = {{
{fields}
}};
{shared}
static void show(const char *who, const unsigned char *p, size_t width)
{{
	printf(" %s 0x", who);
	while (width--)
		printf("%02x", p[width]);
}}

int main(void)
{{
	static unsigned char got[{room}];
	unsigned char *payload = malloc(sizeof(asked));
	uint16_t type = {type:#x};
	size_t size, i;

	if (!payload)
		return 2;
	memcpy(payload, asked, sizeof(asked));
	alarm({patience});
	size = kfp_answer(&type, payload, sizeof(asked), got);
	free(payload);
	if (type == {type:#x} && size == sizeof(expected) && !memcmp(got, expected, size)) {{
		puts("the answer is right");
		return 0;
	}}
	printf("type %#x, %zu bytes; expected {type:#x}, %zu bytes\\n", type, size, sizeof(expected));
	if (size == sizeof(seen) && !memcmp(got, seen, size))
		puts("the answer is the one that was found");
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {{
		size_t offset = fields[i].offset, width = fields[i].width;

		if (offset + width > size || !memcmp(got + offset, expected + offset, width))
			continue;
		printf("%s:", fields[i].name);
		show("expected", expected + offset, width);
		show("got", got + offset, width);
		putchar('\\n');
	}}
	if (size >= {fixed} && (size != sizeof(expected) || memcmp(got + {fixed}, expected + {fixed}, size - {fixed})))
		puts("{parts}: not as expected");
	return 1;
}}
"""

_SHARED: Final = """\
/* The image changes while it is read, for a target that loads through kfi_shared_load(). */
static const struct {{
	uint32_t after, word;
	uint64_t value;
}} changes[] = {{
{changes}
}};
static unsigned char *image;
static uint64_t loads;

void kfi_shared_at(void *memory);
uint64_t kfi_shared_load(const void *word);

void kfi_shared_at(void *memory)
{{
	image = memory;
}}

uint64_t kfi_shared_load(const void *word)
{{
	size_t i;

	if (!image)
		image = (unsigned char *)(uintptr_t)word;
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		if (changes[i].after == loads)
			memcpy(image + changes[i].word % {words} * 8, &changes[i].value, 8);
	loads++;
	return *(const volatile uint64_t *)word;
}}
"""

def in_c(finding: Finding) -> str:
    """A C program for a target with kfp_answer(); ValueError for a finding without a request."""
    exchange = exchange_of(finding)
    message = exchange.request.message
    case = parse(finding.case)
    rows = [f"\t{{ {change.after}u, {change.word}u, {change.value:#x}ull }}," for change in case.changes]
    shared = _SHARED.format(changes="\n".join(rows), words=max(1, len(case.data) // 8)) if rows else ""
    return _C.format(
        licence=LICENCE, about="\n".join(about(finding, " * ")), name=C_NAME, declaration=DECLARATION,
        asked=_bytes(exchange.request.payload), expected=_bytes(exchange.expected), seen=_bytes(exchange.got or b"\0"),
        never="" if exchange.got is not None else ": nothing, it broke",
        fields="\n".join(f'\t{{ "{name}", {offset}, {width} }},' for name, offset, width in fields_of(message)),
        shared="\n" + shared if shared else "", room=FRAME_MAX - FRAME.size, type=message.type, patience=PATIENCE,
        fixed=message.answer.size, parts=" or ".join(message.answer_parts),
    )


def exchange_of(finding: Finding) -> Exchange:
    """The exchange of a finding; ValueError if it has none."""
    if finding.exchange is None:
        raise ValueError(f"{finding.name} has no request")
    return finding.exchange


def about(finding: Finding, before: str) -> list[str]:
    """What a reproducer says of itself, line by line, each after so much."""
    breaks = ", ".join(finding.breaks) or "no rule"
    said = [f"{finding.rule}: {finding.symptom}, request {finding.request}; a {finding.surface} that breaks {breaks}."]
    said += [f"{row['field']}: expected {row['expected'] or 'nothing'}, got {row['got'] or 'nothing'}"
             for row in finding.rows]
    clean = (line.replace("*/", "* /") for line in said)
    return [before + part for line in clean for part in textwrap.wrap(line, 100) or [""]]


def fields_of(message: Message) -> list[tuple[str, int, int]]:
    """Name, offset and width of every field of an answer, those of a record each by itself."""
    found = []
    for field in message.answer.fields:
        offset = message.answer.offsets[field.name]
        if field.name == "info":
            found += [(f"info.{f.name}", offset + RECORD.offsets[f.name], f.width) for f in RECORD.fields]
        else:
            found.append((field.name, offset, field.width))
    return found


def _bytes(data: bytes) -> str:
    rows = [data[at : at + 16] for at in range(0, len(data), 16)]
    return "\n".join("\t" + " ".join(f"0x{byte:02x}," for byte in row) for row in rows)

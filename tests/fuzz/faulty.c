/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A fuzz target over the reader of spec/c that goes wrong in the way that FAULT names, at records of
 * kind SError.
 */
#include "kfi_serve.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

#include "kfi_names.h"
#include "kfi_reader.h"

#define NONE		0
#define LEAKS		1
#define HANGS		2
#define FORKS		3
#define FILLS_A_FILE	4
#define PRINTS		5
#define CRASHES		6
#define LEAVES_A_DEMON	7
#define EXITS		8
#define FILLS_A_FOLDER	9
#define ANSWERS_GARBAGE	10
#define EATS_MEMORY	11

static char *volatile kept;

static void fill(const char *name, int blocks)
{
	static char block[1 << 20];
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int i;

	for (i = 0; i < blocks; i++)
		if (write(fd, block, sizeof(block)) < 0)
			break;
	close(fd);
}

static void go_wrong(int fault)
{
	static unsigned int number;
	char name[32];
	size_t i;

	switch (fault) {
	case LEAKS:
		kept = malloc(77);
		kept = NULL;
		break;
	case HANGS:
		for (;;)
			pause();
	case FORKS:
		fork();
		break;
	case FILLS_A_FILE:
		fill("full", 128);
		break;
	case PRINTS:
		for (i = 0; i < 100; i++) {
			printf("vmm 00 0000 \xff\n\n");
			fprintf(stderr, "#1 cov: 99999 ft: 99999 ERROR: AddressSanitizer: lie in lie()\n");
		}
		fflush(stdout);
		break;
	case CRASHES:
		*(volatile int *)8 = 0;
		break;
	case LEAVES_A_DEMON:
		if (!fork()) {
			setsid();
			sleep(1000);
			_exit(0);
		}
		break;
	case EXITS:
		exit(7);
	case FILLS_A_FOLDER:
		snprintf(name, sizeof(name), "full%u", number++);
		fill(name, 8);
		break;
	case EATS_MEMORY:
		kept = malloc(600 << 20);
		free(kept);
		break;
	default:
		break;
	}
}

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
		if (record.info.kind == KVM_ARM_FAULT_KIND_SERROR)
			go_wrong(FAULT);
	}
	if (FAULT == ANSWERS_GARBAGE && a.outcome == KFI_NOT_UNDERSTOOD) {
		for (int i = 0; i < 5000; i++)
			kfp_put(out, "\xff../\n\x1b[31m", 9);
		return;
	}
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(error.rule));
}

static const struct kfp_handler handlers[] = { { KFP_TYPE_READ, read_record } };
const struct kfp_target kfp_target = { "faulty", "1", "1.0 1.1", "read", handlers, 1 };

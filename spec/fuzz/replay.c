// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Cases again, without a fuzzer: replay FILE... says of each whether the answers are the oracle's.
 * Exit 0 they are, 1 some are not, 3 a file cannot be read.
 *
 * replay --serve reads cases from standard input, each after its length as a u32, and writes for each
 * what was asked, expected and got, a line each request: name, request, type and payload expected,
 * then, when the target has answered, type and payload got; then an empty line. All in hex.
 */
#include "kfi_harness.h"

static FILE *said;

static void hex(const __u8 *data, size_t size)
{
	size_t i;

	fputc(' ', said);
	if (!size)
		fputc('-', said);
	for (i = 0; i < size; i++)
		fprintf(said, "%02x", data[i]);
}

/* What is expected is written before the target is asked, which may not come back. */
static void show(const struct kfi_request *r, const struct kfi_case *c)
{
	struct kfi_case_change changes[KFI_CASE_MAX_CHANGES];
	bool same;
	__u32 i;

	for (i = 0; i < c->nr_changes; i++)
		kfi_case_change(c, i, &changes[i]);
	kfi_shared_begin(changes, c->nr_changes, c->size);
	kfi_fuzz_oracle(r);
	fprintf(said, "%s", kfi_answer_layout(r->type)->name);
	hex(kfi_request_payload(r), r->size);
	fprintf(said, " %04x", kfi_fuzz.expected.type);
	hex(kfi_fuzz.expected.payload, kfi_fuzz.expected.size);
	fflush(said);
	same = kfi_fuzz_ask(r, c);
	fprintf(said, " %04x", kfi_fuzz.got.type);
	hex(kfi_fuzz.got.payload, kfi_fuzz.got.size);
	fprintf(said, " %04x", kfi_fuzz.expected.type);
	hex(kfi_fuzz.expected.payload, kfi_fuzz.expected.size);
	fprintf(said, " %s\n", same ? "same" : "differs");
}

static int serve(void)
{
	static __u8 data[1 << 20];
	struct kfi_case c;
	size_t n, i;
	__u32 size;

	while (fread(&size, 4, 1, stdin) == 1) {
		if (size > sizeof(data) || fread(data, 1, size, stdin) != size)
			return 3;
		kfi_case_parse(&c, data, size);
		n = kfi_requests(kfi_fuzz.requests, &c, kfi_fuzz.answers);
		for (i = 0; i < n; i++)
			show(&kfi_fuzz.requests[i], &c);
		fputc('\n', said);
		fflush(said);
	}
	return 0;
}

/* One file: its bytes end where the memory does. */
static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	__u8 *data = (__u8 *)malloc(1 << 20);
	size_t size;
	int wrong;

	if (!file || !data) {
		perror(path);
		exit(3);
	}
	size = fread(data, 1, 1 << 20, file);
	if (ferror(file)) {
		perror(path);
		exit(3);
	}
	fclose(file);
	fprintf(stderr, "kfi: %s\n", path);
	wrong = kfi_fuzz_one(data, size);
	fprintf(said, "%s: %s\n", path, wrong ? "differs" : "same");
	free(data);
	return wrong;
}

/* What the target prints must not stand among what is said here. */
static void apart(void)
{
	int fd = dup(STDOUT_FILENO);

	said = fd < 0 ? NULL : fdopen(fd, "w");
	if (!said || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		perror("standard output");
		exit(3);
	}
}

int main(int argc, char **argv)
{
	int wrong = 0, i;

	apart();
	kfi_fuzz_start();
	if (argc == 2 && !strcmp(argv[1], "--serve"))
		return serve();
	kfi_fuzz.findings = NULL;
	kfi_fuzz.goes_on = true;
	for (i = 1; i < argc; i++)
		wrong += replay(argv[i]);
	return !!wrong;
}

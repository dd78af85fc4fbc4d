/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What tests call of the readers, flat: declarations that a C compiler and cffi read alike. */

struct shim_error {
	uint64_t offset;
	uint64_t got;
	uint32_t rule;
	uint32_t outcome;
	char path[96];
};

struct shim_reading {
	struct shim_error error;
	uint64_t broken;
	uint64_t tail_at;
	uint64_t tail_size;
	uint8_t record[80];
};

struct shim_answer {
	uint64_t decision[8];	/* action, rule, via, esr_el1, far_el1, has_far, serror_esr, odds */
	uint64_t vcpu[10];
	uint8_t reply[64];
	uint64_t has_reply;
	uint64_t understood;	/* else decision is that on the refusal */
};

struct shim_applied {
	uint64_t rule;
	uint64_t pending;	/* all ones: none */
	uint64_t vcpu[10];
};

struct shim_item {
	uint64_t type, entry, item, at, size;
};

struct shim_block {
	struct shim_error error;
	uint64_t accepted;
	uint64_t items;		/* how many there are; the first of them are in item */
	uint64_t facts[8];	/* flags, severity, nr_pas, nr_vas, addressed, va, va_mpidr, too small a room */
	struct shim_item item[256];
	uint64_t pas[2 * 256];
};

struct shim_emission {
	uint64_t facts[5];	/* made, rule, end, memory_failure, injected */
	uint8_t record[80];
};

struct shim_slot {
	struct shim_error error;
	uint64_t step;
	uint64_t facts[4];	/* position, vcpu, lost, sequence */
	uint64_t size;
	uint8_t record[4096];
};

const char *shim_name(int what, unsigned int number);
int shim_read(const uint8_t *data, size_t size, int reader, int exact, struct shim_reading *out);
uint64_t shim_check(const uint8_t *record, int reader);
void shim_decide(const uint8_t *data, size_t size, int reader, int exact, const uint64_t *vcpu,
		 const uint64_t *machine, struct shim_answer *out);
void shim_apply(const uint8_t *reply, int kind, uint64_t features, int host_ras, const uint64_t *vcpu,
		struct shim_applied *out);
void shim_firmware(const uint8_t *data, size_t size, struct shim_block *out);
void shim_fill(const uint64_t *trap, const uint64_t *memslots, int nr_memslots, const uint64_t *isolated,
	       int nr_isolated, const uint8_t *block, size_t size, struct shim_emission *out);
void *shim_ring_new(uint8_t *memory, size_t size, size_t room, struct shim_slot *out);
void shim_ring_fetch(void *ring, struct shim_slot *out);
int shim_ring_commit(void *ring, uint64_t position);
void shim_ring_free(void *ring);
int shim_storm(const uint8_t *base, size_t size, uint64_t seed, int count);
extern uint64_t shim_rules_off;

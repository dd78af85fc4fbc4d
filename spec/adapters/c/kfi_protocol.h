/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do not edit: generated from abi/conformance/protocol.py, abi/conformance/layouts.py, abi/conformance/codes.py, abi/conformance/in_process.py. */
/* To regenerate run: faultinfo generate */

/*
 * The protocol between faultinfo conform and a target: frames over standard input and output.
 * Everything is little-endian; the structs are the bytes as a little-endian machine has them.
 */
#ifndef KFI_PROTOCOL_H
#define KFI_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "these structs are for little-endian machines"
#endif

#define KFP_PROTOCOL				0x1	/* version of the protocol */
#define KFP_FRAME_COUNTED			0x8	/* bytes of the head of a frame that its length counts */
#define KFP_FRAME_MAX				0x10000	/* no frame is longer, head and all */
#define KFP_PAYLOAD_MAX				0xfff4	/* no payload is longer */

/* type of a frame */
#define KFP_TYPE_HELLO				0x0	/* The first request */
#define KFP_TYPE_VMM				0x1	/* A record has come: what does the VMM do */
#define KFP_TYPE_HOST				0x2	/* A trap to EL2, and what the host knows beside it: what record does it write */
#define KFP_TYPE_REPLY				0x3	/* The next KVM_RUN, with or without a reply: what does the host do to the vCPU */
#define KFP_TYPE_BYE				0x4	/* The last request */
#define KFP_TYPE_CHECK				0x5	/* A record: which rules does it break by itself */
#define KFP_TYPE_ENABLE				0x6	/* KVM_ENABLE_CAP: may the VM have records */
#define KFP_TYPE_RING				0x7	/* A ring, part image. Its consumer deals with so many records, fetches one more and dies before it has dealt with that: what does the next consumer find first */
#define KFP_TYPE_READ				0x8	/* A record: what does a reader alone make of it? No vCPU, no machine, no decision */
#define KFP_TYPE_EXIT				0x9	/* KVM_RUN returned; part page is the vCPU's struct kvm_run up to the end of its exit union or more. Is there a record */
#define KFP_TYPE_REPORT				0xa	/* The guest is to be told of a record by its error source, a GHESv2; part block is what the error status block holds, the oldest report that waits already is that of part earlier, if there is one */
#define KFP_TYPE_PRODUCE			0xb	/* A producer starts on a ring, part image, that it or one that died left behind, and then appends part record so many times. No consumer runs */
#define KFP_TYPE_FAILED				0xfffe	/* the answer to a request that could not be carried out, with a text */
#define KFP_TYPE_UNSUPPORTED			0xffff	/* the answer to a type that the target does not know */

/* values of outcome */
#define KFP_OUTCOME_VALUE			0
#define KFP_OUTCOME_NOT_UNDERSTOOD		1
#define KFP_OUTCOME_MALFORMED			2

/* values of action */
#define KFP_ACTION_INJECT			0
#define KFP_ACTION_PEND				1
#define KFP_ACTION_INTERRUPT			2
#define KFP_ACTION_LOG				3
#define KFP_ACTION_RETRY			4
#define KFP_ACTION_STOP				5

/* values of via */
#define KFP_VIA_NONE				0
#define KFP_VIA_SEA				1
#define KFP_VIA_IRQ				2
#define KFP_VIA_POLL				3
#define KFP_VIA_SEI				4

/* values of notify */
#define KFP_NOTIFY_SEA				0
#define KFP_NOTIFY_SEI				1
#define KFP_NOTIFY_GPIO				2
#define KFP_NOTIFY_NONE				3

/* values of end */
#define KFP_END_RECORD				0
#define KFP_END_SIGNAL				1
#define KFP_END_INJECTED			2
#define KFP_END_PANIC				3
#define KFP_END_RESUMED				4
#define KFP_END_NO_ERROR			5

/* values of section */
#define KFP_SECTION_NONE			0
#define KFP_SECTION_PLATFORM_MEMORY		1
#define KFP_SECTION_ARM_PROCESSOR		2

/* bits of features */
#define KFP_FEATURES_FEAT_AA32EL1		0x1
#define KFP_FEATURES_FEAT_DOUBLEFAULT2		0x2
#define KFP_FEATURES_FEAT_EBEP			0x4
#define KFP_FEATURES_FEAT_GCS			0x8
#define KFP_FEATURES_FEAT_MTE			0x10
#define KFP_FEATURES_FEAT_NMI			0x20
#define KFP_FEATURES_FEAT_NV			0x40
#define KFP_FEATURES_FEAT_PAN			0x80
#define KFP_FEATURES_FEAT_PAUTH_LR		0x100
#define KFP_FEATURES_FEAT_RAS			0x200
#define KFP_FEATURES_FEAT_SEBEP			0x400
#define KFP_FEATURES_FEAT_SSBS			0x800
#define KFP_FEATURES_FEAT_UAO			0x1000
#define KFP_FEATURES_FEAT_UINJ			0x2000

/* bits of has */
#define KFP_HAS_PFAR_EL2			0x1
#define KFP_HAS_DISR_EL1			0x2
#define KFP_HAS_MPIDR				0x4
#define KFP_HAS_WALK				0x8
#define KFP_HAS_WALK_LEVEL			0x10
#define KFP_HAS_MEMSLOTS			0x20
#define KFP_HAS_HOST_RAS			0x40
#define KFP_HAS_VM_RAS				0x80
#define KFP_HAS_HYP_CONTEXT			0x100
#define KFP_HAS_NESTED				0x200
#define KFP_HAS_PROTECTED			0x400

/* bits of notes */
#define KFP_NOTES_HAS_FAR			0x1
#define KFP_NOTES_FNV_AT_ODDS			0x2

/* bits of addresses */
#define KFP_ADDRESSES_PHYSICAL_ADDR		0x1
#define KFP_ADDRESSES_VIRT_FAULT_ADDR		0x2
#define KFP_ADDRESSES_PHYSICAL_ADDR_MASK	0x4

/**
 * struct kfp_frame - Head of every frame.
 * @length: bytes after this field: 8 and those of the payload
 * @id: number of the request; the answer has the same
 * @type: what the payload is; the answer to a request has the request's
 * @zero: zero
 */
struct kfp_frame {
	uint32_t length;
	uint32_t id;
	uint16_t type;
	uint16_t zero;
};

/**
 * struct kfp_hello_request - The first request.
 * @protocol: newest version of the protocol that the runner speaks
 */
struct kfp_hello_request {
	uint16_t protocol;
};

/**
 * struct kfp_hello_answer - Who the target is. Parts: name, version, abi_versions, features.
 * @protocol: version that the target speaks
 */
struct kfp_hello_answer {
	uint16_t protocol;
};

/**
 * struct kfp_vmm_request - A record has come: what does the VMM do? Parts: record.
 * @pc: where the vCPU stands
 * @pstate: as SPSR_EL1 holds it
 * @vbar_el1: VBAR_EL1
 * @sctlr_el1: SCTLR_EL1
 * @sctlr2_el1: SCTLR2_EL1, 0 where the vCPU has none
 * @gcscr_el1: GCSCR_EL1, 0 where the vCPU has none
 * @esr_el1: ESR_EL1, old value
 * @far_el1: FAR_EL1, old value
 * @elr_el1: ELR_EL1, old value
 * @spsr_el1: SPSR_EL1, old value
 * @features: of the vCPU: bit n is the n-th name in alphabetical order, from 0
 * @pending_serror: ISS of a virtual SError that still waits, with has_pending_serror
 * @repeats: how often this access was reported before
 * @bound: how often an interrupt may answer it
 * @ways: how the machine can tell its guest, the preferred first, 0 after the last
 * @ras: 1: the machine has an error source for its guest
 * @firmware_va: 1: it takes firmware's virtual address as a source of FAR_EL1
 * @answered: 1: this very report was answered before
 * @has_pending_serror: 1: see pending_serror
 * @reader: newest minor version that the reader is to know
 * @exact: 1: the bytes hold just the record (a file); 0: it may end early (exit union, slot)
 * @zero: zero
 * @zero2: zero
 */
struct kfp_vmm_request {
	uint64_t pc;
	uint64_t pstate;
	uint64_t vbar_el1;
	uint64_t sctlr_el1;
	uint64_t sctlr2_el1;
	uint64_t gcscr_el1;
	uint64_t esr_el1;
	uint64_t far_el1;
	uint64_t elr_el1;
	uint64_t spsr_el1;
	uint32_t features;
	uint32_t pending_serror;
	uint32_t repeats;
	uint32_t bound;
	uint8_t ways[4];
	uint8_t ras;
	uint8_t firmware_va;
	uint8_t answered;
	uint8_t has_pending_serror;
	uint8_t reader;
	uint8_t exact;
	uint16_t zero;
	uint32_t zero2;
};

/**
 * struct kfp_vmm_answer - What the VMM does. Parts: rule.
 * @outcome: 0 value, 1 not understood, 2 malformed
 * @action: 0 inject, 1 pend, 2 interrupt, 3 log, 4 retry, 5 stop
 * @via: of an interrupt, a log or a notice by SEI: the way; else 0
 * @notes: bit 0: far_el1 is an address (inject); bit 1: FnV and FAR_VALID are at odds
 * @serror_esr: ISS of the virtual SError that is made pending, or that stays so; else 0
 * @pc: where the vCPU stands
 * @pstate: as SPSR_EL1 holds it
 * @esr_el1: ESR_EL1
 * @far_el1: FAR_EL1
 * @elr_el1: ELR_EL1
 * @spsr_el1: SPSR_EL1
 * @tail: bytes of a newer minor version beyond what the reader knows; 0 unless value
 * @zero: zero
 * @info: the record's fields, those that its version or the reader has not are 0; all 0 unless
 *	value
 */
struct kfp_vmm_answer {
	uint8_t outcome;
	uint8_t action;
	uint8_t via;
	uint8_t notes;
	uint32_t serror_esr;
	uint64_t pc;
	uint64_t pstate;
	uint64_t esr_el1;
	uint64_t far_el1;
	uint64_t elr_el1;
	uint64_t spsr_el1;
	uint32_t tail;
	uint32_t zero;
	uint8_t info[80];
};

/**
 * struct kfp_host_request - A trap to EL2, and what the host knows beside it: what record does
 *	it write? Parts: memslots, isolated, cper.
 * @esr_el2: 0 stands for no trap: memory_failure() found the error in the background
 * @far_el2: as read
 * @hpfar_el2: as read; bit 63 is KVM's mark of a walk that succeeded
 * @pfar_el2: as read
 * @disr_el1: as read
 * @mpidr: MPIDR_EL1 of the PE that took the trap
 * @walk: gpa that a software walk of FAR_EL2 found
 * @critical: critical flags that were enabled
 * @has: bit n: 0 pfar_el2, 1 disr_el1, 2 mpidr, 3 walk, 4 walk_level, 5 memslots are known; 6
 *	host_ras, 7 vm_ras, 8 hyp_context, 9 nested, 10 protected are so
 * @kinds: kinds that were enabled, bit n for kind n
 * @walk_level: level of the guest's descriptor, -2 to 3 in two's complement
 * @notify: how the firmware record came: 0 sea, 1 sei, 2 gpio, 3 none
 * @minor: minor version to write
 * @firmware: 1: part cper is a firmware record
 */
struct kfp_host_request {
	uint64_t esr_el2;
	uint64_t far_el2;
	uint64_t hpfar_el2;
	uint64_t pfar_el2;
	uint64_t disr_el1;
	uint64_t mpidr;
	uint64_t walk;
	uint64_t critical;
	uint16_t has;
	uint16_t kinds;
	uint8_t walk_level;
	uint8_t notify;
	uint8_t minor;
	uint8_t firmware;
};

/**
 * struct kfp_host_answer - What became of the error. Parts: rule, record.
 * @end: 0 record, 1 signal, 2 injected, 3 panic, 4 resumed, 5 no error
 * @memory_failure: 1: the kernel queues memory_failure()
 * @zero: zero
 * @zero2: zero
 * @injected: ESR_EL1 of the SError that the host injects by itself; else 0
 */
struct kfp_host_answer {
	uint8_t end;
	uint8_t memory_failure;
	uint16_t zero;
	uint32_t zero2;
	uint64_t injected;
};

/**
 * struct kfp_reply_request - The next KVM_RUN, with or without a reply: what does the host do
 *	to the vCPU? Parts: reply.
 * @pc: where the vCPU stands
 * @pstate: as SPSR_EL1 holds it
 * @vbar_el1: VBAR_EL1
 * @sctlr_el1: SCTLR_EL1
 * @sctlr2_el1: SCTLR2_EL1, 0 where the vCPU has none
 * @gcscr_el1: GCSCR_EL1, 0 where the vCPU has none
 * @esr_el1: ESR_EL1, old value
 * @far_el1: FAR_EL1, old value
 * @elr_el1: ELR_EL1, old value
 * @spsr_el1: SPSR_EL1, old value
 * @features: of the vCPU: bit n is the n-th name in alphabetical order, from 0
 * @kind: kind of the record that waits for the reply, 0: none
 * @host_ras: 1: the host has FEAT_RAS
 * @severity: severity of the record that waits
 */
struct kfp_reply_request {
	uint64_t pc;
	uint64_t pstate;
	uint64_t vbar_el1;
	uint64_t sctlr_el1;
	uint64_t sctlr2_el1;
	uint64_t gcscr_el1;
	uint64_t esr_el1;
	uint64_t far_el1;
	uint64_t elr_el1;
	uint64_t spsr_el1;
	uint32_t features;
	uint16_t kind;
	uint8_t host_ras;
	uint8_t severity;
};

/**
 * struct kfp_reply_answer - The vCPU when the ioctl returns. Parts: rule.
 * @errno: 0, or the errno of a refusal
 * @has_pending_serror: 1: an SError is masked and waits
 * @zero: zero
 * @pending_serror: its ISS
 * @pc: where the vCPU stands
 * @pstate: as SPSR_EL1 holds it
 * @esr_el1: ESR_EL1
 * @far_el1: FAR_EL1
 * @elr_el1: ELR_EL1
 * @spsr_el1: SPSR_EL1
 */
struct kfp_reply_answer {
	uint32_t errno;
	uint8_t has_pending_serror;
	uint8_t zero[3];
	uint64_t pending_serror;
	uint64_t pc;
	uint64_t pstate;
	uint64_t esr_el1;
	uint64_t far_el1;
	uint64_t elr_el1;
	uint64_t spsr_el1;
};

/**
 * struct kfp_bye_request - The last request.
 * @zero: zero
 */
struct kfp_bye_request {
	uint16_t zero;
};

/**
 * struct kfp_bye_answer - The last request.
 * @zero: zero
 */
struct kfp_bye_answer {
	uint16_t zero;
};

/**
 * struct kfp_check_request - A record: which rules does it break by itself? Parts: record.
 * @reader: newest minor version that the reader is to know
 * @exact: 1: the bytes hold just the record; 0: it may end early
 */
struct kfp_check_request {
	uint8_t reader;
	uint8_t exact;
};

/**
 * struct kfp_check_answer - What the reader makes of it. Parts: rule, broken.
 * @outcome: 0 value, 1 not understood, 2 malformed
 * @zero: zero
 */
struct kfp_check_answer {
	uint8_t outcome;
	uint8_t zero;
};

/**
 * struct kfp_enable_request - KVM_ENABLE_CAP: may the VM have records?
 * @critical: critical flags that the VMM understands
 * @kinds: kinds that it understands, bit n for kind n
 * @vcpus: vCPUs that the VM has
 * @major: newest version that the VMM understands
 * @minor: likewise
 * @host_minor: newest minor version of major version 1 that the host writes
 * @enabled: 1: the capability is enabled already
 * @protected_: 1: a protected VM
 * @zero: zero
 */
struct kfp_enable_request {
	uint64_t critical;
	uint32_t kinds;
	uint32_t vcpus;
	uint8_t major;
	uint8_t minor;
	uint8_t host_minor;
	uint8_t enabled;
	uint8_t protected_;
	uint8_t zero[3];
};

/**
 * struct kfp_enable_answer - What holds for the VM from then on; zeros if refused. Parts: rule.
 * @critical: critical flags
 * @kinds: kinds
 * @errno: 0, or the errno of a refusal
 * @major: version that the host writes
 * @minor: likewise
 * @zero: zero
 */
struct kfp_enable_answer {
	uint64_t critical;
	uint32_t kinds;
	uint32_t errno;
	uint8_t major;
	uint8_t minor;
	uint8_t zero[6];
};

/**
 * struct kfp_ring_request - A ring, part image. Its consumer deals with so many records,
 *	fetches one more and dies before it has dealt with that: what does the next consumer find
 *	first? Parts: image.
 * @dealt: records that the first consumer deals with, or all that there are if they are fewer
 */
struct kfp_ring_request {
	uint32_t dealt;
};

/**
 * struct kfp_ring_answer - The oldest record that is published and not dealt with; zeros if
 *	there is none, or if either consumer refuses the ring. Parts: rule, record.
 * @position: of its slot
 * @sequence: of its envelope
 * @lost: of its envelope
 * @vcpu: of its envelope
 * @found: 1: there is one
 * @zero: zero
 */
struct kfp_ring_answer {
	uint64_t position;
	uint64_t sequence;
	uint32_t lost;
	uint32_t vcpu;
	uint8_t found;
	uint8_t zero[7];
};

/**
 * struct kfp_read_request - A record: what does a reader alone make of it? No vCPU, no machine,
 *	no decision. Parts: record.
 * @reader: newest minor version that the reader is to know
 * @exact: 1: the bytes hold just the record; 0: it may end early
 */
struct kfp_read_request {
	uint8_t reader;
	uint8_t exact;
};

/**
 * struct kfp_read_answer - What the reader makes of it; part rule names the refusal. Parts:
 *	rule.
 * @outcome: 0 value, 1 not understood, 2 malformed
 * @zero: zero
 * @tail: bytes of a newer minor version beyond what the reader knows; 0 unless value
 * @info: the record's fields, those that its version or the reader has not are 0; all 0 unless
 *	value
 */
struct kfp_read_answer {
	uint8_t outcome;
	uint8_t zero[3];
	uint32_t tail;
	uint8_t info[80];
};

/**
 * struct kfp_exit_request - KVM_RUN returned; part page is the vCPU's struct kvm_run up to the
 *	end of its exit union or more. Is there a record? Parts: page.
 * @errno: 0, or the errno with which KVM_RUN failed
 * @serror_exit: exit reason for kind 3, whose number is provisional
 * @kinds: kinds that were enabled, bit n for kind n; 0: the capability is not enabled
 * @answered: 1: the VMM has answered this exit
 * @zero: zero
 */
struct kfp_exit_request {
	uint32_t errno;
	uint32_t serror_exit;
	uint16_t kinds;
	uint8_t answered;
	uint8_t zero;
};

/**
 * struct kfp_exit_answer - What the VMM takes from the page. Part record is all of the exit
 *	union, in which the record may end early; of an abort of a kind that was not enabled it is
 *	the record of 1.0 that arm_sea stands for. Parts: rule, record.
 * @found: 1: there is a record; 0: part rule says why not
 * @save: 1: the vCPU may be saved now, to go on elsewhere
 */
struct kfp_exit_answer {
	uint8_t found;
	uint8_t save;
};

/**
 * struct kfp_report_request - The guest is to be told of a record by its error source, a
 *	GHESv2; part block is what the error status block holds, the oldest report that waits already
 *	is that of part earlier, if there is one. Parts: record, earlier, block.
 * @read_ack: read-ack register: bit 0 set by the guest when it has read the block
 * @ack: with acknowledges: what the guest then writes to the register
 * @acknowledges: 1: the guest acknowledges once when all else is done
 * @firmware_va: 1: the machine takes firmware's virtual address for the guest's
 * @zero: zero
 * @zero2: zero
 */
struct kfp_report_request {
	uint64_t read_ack;
	uint64_t ack;
	uint8_t acknowledges;
	uint8_t firmware_va;
	uint16_t zero;
	uint32_t zero2;
};

/**
 * struct kfp_report_answer - What the guest finds at the end. Part block is the block if it is
 *	still that of the request; else these are what the new block says. Part rule is there while a
 *	report waits. Parts: rule, block.
 * @physical_addr: physical address of the error, if addresses has it
 * @virt_fault_addr: virtual fault address, if addresses has it
 * @physical_addr_mask: which bits of physical_addr are significant, if addresses has it
 * @read_ack: the read-ack register
 * @block_status: Block Status of the new block, its entry count too
 * @section: that its only entry holds: 0 another, 1 platform_memory, 2 arm_processor
 * @error_type: of a platform memory section its Memory Error Type + 1, 0 if that is not valid;
 *	of an ARM processor section the Type of its only error information
 * @notified: how often the guest was notified
 * @waiting: reports that wait
 * @addresses: bit 0: physical_addr is valid; bit 1: virt_fault_addr is; bit 2:
 *	physical_addr_mask is
 * @block_severity: CPER severity of the new block + 1
 * @entry_severity: CPER severity of its only entry + 1
 * @zero: zero
 */
struct kfp_report_answer {
	uint64_t physical_addr;
	uint64_t virt_fault_addr;
	uint64_t physical_addr_mask;
	uint64_t read_ack;
	uint32_t block_status;
	uint8_t section;
	uint8_t error_type;
	uint8_t notified;
	uint8_t waiting;
	uint8_t addresses;
	uint8_t block_severity;
	uint8_t entry_severity;
	uint8_t zero[5];
};

/**
 * struct kfp_produce_request - A producer starts on a ring, part image, that it or one that
 *	died left behind, and then appends part record so many times. No consumer runs. Parts: image,
 *	record.
 * @number: how often the record is appended
 * @vcpu: envelope's vcpu of the first; that of each other is one more
 */
struct kfp_produce_request {
	uint32_t number;
	uint32_t vcpu;
};

/**
 * struct kfp_produce_answer - The ring then, part image; part rule says why the producer
 *	refused it, or the record. Parts: rule, image.
 * @published: how many of them were published; the others were counted as lost
 * @woken: 1: the consumer was woken, once or more
 * @zero: zero
 */
struct kfp_produce_answer {
	uint32_t published;
	uint8_t woken;
	uint8_t zero[3];
};

/**
 * struct kfp_memslot - One memory slot of the VM; part memslots is an array of them.
 * @gpa: guest physical address
 * @size: bytes
 * @hva: address in the VMM
 * @pa: host physical address
 */
struct kfp_memslot {
	uint64_t gpa;
	uint64_t size;
	uint64_t hva;
	uint64_t pa;
};

/**
 * struct kfp_isolated - A page that memory_failure() has isolated; part isolated is an array of
 *	them.
 * @gpa: any address in the page
 * @lsb: log2 of its size
 */
struct kfp_isolated {
	uint64_t gpa;
	uint64_t lsb;
};

/**
 * kfp_answer() - answer one request; what a library that is driven in-process exports
 * @type: of the request; set to KFP_TYPE_UNSUPPORTED or KFP_TYPE_FAILED where that is the
 *	answer
 * @payload: of the request, at any address
 * @size: its bytes
 * @answer: where the payload of the answer goes, KFP_PAYLOAD_MAX bytes
 *
 * Return: bytes of the answer.
 */
#ifdef __cplusplus
extern "C"
#endif
size_t kfp_answer(uint16_t *type, const void *payload, size_t size, void *answer);

#endif /* KFI_PROTOCOL_H */

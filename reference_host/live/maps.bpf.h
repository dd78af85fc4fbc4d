/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The maps: what user space tells, the traps under way, the records on their way out. */
#ifndef KFI_LIVE_MAPS_H
#define KFI_LIVE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "live.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct live_vm);
} vms SEC(".maps");

/* A thread that dies at a trap leaves its entry behind; the oldest go first. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct live_trap);
} traps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} records SEC(".maps");

/* Page frames that firmware has told of without a trap, until memory_failure() is done with them. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u8);
} told SEC(".maps");

/* One number: records lost for want of room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

static const struct live_trap live_no_trap;

static __always_inline __u32 live_thread(void)
{
	return (__u32)bpf_get_current_pid_tgid();
}

static __always_inline __u32 live_process(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* The VM of a process. */
static __always_inline struct live_vm *live_vm(__u32 process)
{
	struct live_vm *vm = bpf_map_lookup_elem(&vms, &process);

	if (vm)
		return vm;
	process = 0;
	return bpf_map_lookup_elem(&vms, &process);
}

/* The trap that the running thread is in. */
static __always_inline struct live_trap *live_trap(void)
{
	__u32 thread = live_thread();

	return bpf_map_lookup_elem(&traps, &thread);
}

/* A new trap of the running thread, of the VM of some process; NULL if there is no room. */
static __always_inline struct live_trap *live_new_trap(__u32 process)
{
	__u32 thread = live_thread();
	struct live_trap *seen;

	if (bpf_map_update_elem(&traps, &thread, &live_no_trap, BPF_ANY))
		return NULL;
	seen = bpf_map_lookup_elem(&traps, &thread);
	if (seen)
		seen->process = process;
	return seen;
}

#endif /* KFI_LIVE_MAPS_H */

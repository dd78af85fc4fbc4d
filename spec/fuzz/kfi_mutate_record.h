/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Operations on a record: its fields, flags, version and size, its syndrome, making it hold, and
 * breaking one named rule. kfi_mutate.h is what to include.
 */
#ifndef KFI_MUTATE_RECORD_H
#define KFI_MUTATE_RECORD_H

#include "kfi_mutate_base.h"

KFI_MUTATE_BEGIN

#define KFI_IS_ABORT(r)				((r)->kind == KVM_ARM_FAULT_KIND_DATA_ABORT || \
						 (r)->kind == KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT)
#define KFI_HAS_SYNDROME(r)			((r)->kind == KVM_ARM_FAULT_KIND_SERROR && \
						 ((r)->esr & (KFI_ESR_IDS | KFI_ESR_FSC)) == KFI_FSC_ASYNC)

/* The severity that SET or AET says, 0 if none. */
static inline __u8 kfi_of_set(__u64 esr)
{
	return (__u8)(KFI_SEVERITY_OF_SET >> 4 * (esr >> KFI_ESR_SET_SHIFT & 3) & 0xf);
}

static inline __u8 kfi_of_aet(__u64 esr)
{
	return (__u8)(KFI_SEVERITY_OF_AET >> 4 * (esr >> KFI_ESR_AET_SHIFT & 7) & 0xf);
}

/* FAR_VALID and severity as the syndrome says them, whatever else the record says. */
static inline void kfi_make_agree(struct kvm_arm_fault_info *r)
{
	__u64 fsc = r->esr & KFI_ESR_FSC;

	r->severity = 0;
	if (KFI_IS_ABORT(r) && fsc == KFI_FSC_NOT_ON_WALK)
		r->severity = kfi_of_set(r->esr);
	else if (KFI_HAS_SYNDROME(r))
		r->severity = kfi_of_aet(r->esr);
	r->flags &= ~(KVM_ARM_FAULT_FLAG_FAR_VALID | KVM_ARM_FAULT_FLAG_SEVERITY_VALID);
	if (KFI_IS_ABORT(r) && (fsc != KFI_FSC_NOT_ON_WALK || !(r->esr & KFI_ESR_FNV)))
		r->flags |= KVM_ARM_FAULT_FLAG_FAR_VALID;
	if (r->severity)
		r->flags |= KVM_ARM_FAULT_FLAG_SEVERITY_VALID;
}

static inline void kfi_settle_version(struct kvm_arm_fault_info *r, size_t room)
{
	__u8 fits = kfi_minor_within(room);
	__u8 known;

	r->major = KVM_ARM_FAULT_INFO_MAJOR;
	if (fits < KVM_ARM_FAULT_INFO_MINOR && r->minor > fits)
		r->minor = fits;
	known = kfi_known_minor(r->minor);
	if (r->minor == known || r->size < KFI_MUTATE_NEWEST_SIZE || r->size > room || r->size % 8)
		r->size = kfi_size_of_minor(known);
	if (r->minor > known) {
		r->flags &= kfi_known_flags(known) | ~KVM_ARM_FAULT_FLAGS_CRITICAL;
		return;
	}
	r->reserved0 = 0;
	r->sea_flags &= KFI_KNOWN_SEA_FLAGS;
	r->flags &= kfi_known_flags(known);
}

static inline void kfi_settle_abort(struct kvm_arm_fault_info *r)
{
	bool isolated = r->origin == KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE;
	__u64 kept = (kfi_mutate_kept[r->kind] & ~(KFI_ESR_FSC | KFI_ESR_FNV)) | KFI_ESR_SET;
	__u64 possible = KFI_FSCS_EXTERNAL;
	__u64 fsc = r->esr & KFI_ESR_FSC;

	r->flags |= KVM_ARM_FAULT_FLAG_ACTION_REQUIRED;
	if (!isolated)
		r->flags &= ~(KVM_ARM_FAULT_FLAG_STAGE1_WALK | KVM_ARM_FAULT_FLAG_HPFAR_VALID);
	else
		possible = r->flags & KVM_ARM_FAULT_FLAG_STAGE1_WALK ? KFI_FSCS_ON_WALK : 0;
	if (!(possible >> fsc & 1))
		fsc = KFI_FSC_NOT_ON_WALK;
	if (isolated) {
		kept &= ~(KFI_ESR_EA | KFI_ESR_SET);
		r->flags |= KVM_ARM_FAULT_FLAG_PA_VALID;
		if (fsc == KFI_FSC_NOT_ON_WALK)
			r->flags |= KVM_ARM_FAULT_FLAG_FAR_VALID;
	}
	r->esr = (__u64)kfi_mutate_class_of[r->kind] << KFI_ESR_EC_SHIFT |
		 (r->esr & 1ULL << KFI_ESR_EC_SHIFT) | KFI_ESR_IL | (r->esr & kept) | fsc;
	if (fsc == KFI_FSC_NOT_ON_WALK && !(r->flags & KVM_ARM_FAULT_FLAG_FAR_VALID))
		r->esr |= KFI_ESR_FNV;
	r->severity = kfi_of_set(r->esr);
	if (fsc != KFI_FSC_NOT_ON_WALK || isolated || !r->severity)
		r->flags &= ~KVM_ARM_FAULT_FLAG_SEVERITY_VALID;
	if (!(r->flags & KVM_ARM_FAULT_FLAG_FAR_VALID))
		r->flags &= ~KVM_ARM_FAULT_FLAG_FAR_IMPRECISE;
}

static inline void kfi_settle_not_abort(struct kvm_arm_fault_info *r)
{
	__u64 head = (__u64)kfi_mutate_class_of[r->kind] << KFI_ESR_EC_SHIFT | KFI_ESR_IL;

	r->flags &= ~(KVM_ARM_FAULT_FLAG_ACTION_REQUIRED | KVM_ARM_FAULT_FLAG_STAGE1_WALK |
		      KVM_ARM_FAULT_FLAG_HPFAR_VALID | KVM_ARM_FAULT_FLAG_FAR_IMPRECISE |
		      KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID);
	r->severity = 0;
	if (r->kind == KVM_ARM_FAULT_KIND_MEMORY_NOTICE) {
		r->esr = 0;
		r->flags &= ~(KVM_ARM_FAULT_FLAG_FAR_VALID | KVM_ARM_FAULT_FLAG_SEVERITY_VALID |
			      KVM_ARM_FAULT_FLAG_NESTED);
		return;
	}
	if (r->esr & KFI_ESR_IDS) {
		r->esr = head | KFI_ESR_IDS;
		r->flags &= ~(KVM_ARM_FAULT_FLAG_FAR_VALID | KVM_ARM_FAULT_FLAG_SEVERITY_VALID);
		return;
	}
	if (!(KFI_AET_GIVEN >> (r->esr >> KFI_ESR_AET_SHIFT & 7) & 1))
		r->esr = (r->esr & ~KFI_ESR_AET) | KFI_MUTATE_AET_UER;
	r->esr = head | (r->esr & kfi_mutate_kept[r->kind]) | KFI_FSC_ASYNC;
	r->severity = kfi_of_aet(r->esr);
}

static inline void kfi_settle_host(struct kvm_arm_fault_info *r)
{
	bool claimed = r->origin == KVM_ARM_FAULT_ORIGIN_FIRMWARE ||
		       r->origin == KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE;
	bool isolated = r->origin == KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE ||
			r->kind == KVM_ARM_FAULT_KIND_MEMORY_NOTICE;
	__u8 action = r->host_action;

	if (action > KVM_ARM_FAULT_ACTION_ISOLATION_FAILED ||
	    (action == KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED && !claimed) ||
	    ((action == KVM_ARM_FAULT_ACTION_ISOLATED ||
	      action == KVM_ARM_FAULT_ACTION_ISOLATION_FAILED) && !isolated))
		r->host_action = KVM_ARM_FAULT_ACTION_NOT_CLAIMED;
	if (!claimed) {
		r->firmware_severity = 0;
		r->flags &= ~KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT;
	} else if (!r->firmware_severity ||
		   r->firmware_severity > KVM_ARM_FAULT_FW_SEVERITY_INFORMATIONAL) {
		r->firmware_severity = KVM_ARM_FAULT_FW_SEVERITY_RECOVERABLE;
	}
	if (r->origin != KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE || !r->firmware_va)
		r->flags &= ~KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID;
}

/* Where gpa can come from: bit n for gpa_origin n. */
static inline unsigned int kfi_gpa_sources(__u64 flags)
{
	return (flags & KVM_ARM_FAULT_FLAG_HPFAR_VALID ? 1U << KVM_ARM_FAULT_GPA_ORIGIN_HPFAR : 0) |
	       (flags & KVM_ARM_FAULT_FLAG_FAR_VALID ? 1U << KVM_ARM_FAULT_GPA_ORIGIN_WALK : 0) |
	       (flags & KVM_ARM_FAULT_FLAG_PA_VALID ? 1U << KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP : 0);
}

static inline void kfi_settle_place(struct kvm_arm_fault_info *r)
{
	const __u64 far_is = KVM_ARM_FAULT_FLAG_FAR_VALID | KVM_ARM_FAULT_FLAG_STAGE1_WALK |
			     KVM_ARM_FAULT_FLAG_FAR_IMPRECISE;
	unsigned int possible = kfi_gpa_sources(r->flags);

	r->hpfar &= KFI_FIPA;
	if (!(r->sea_flags & KVM_ARM_FAULT_SEA_FLAG_GPA_VALID) || !possible) {
		r->sea_flags &= ~KVM_ARM_FAULT_SEA_FLAG_GPA_VALID;
		r->flags &= ~KVM_ARM_FAULT_FLAG_HVA_VALID;
		r->gpa = 0;
		r->gpa_origin = 0;
		r->address_lsb = 0;
		return;
	}
	if (r->gpa_origin > KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP || !(possible >> r->gpa_origin & 1))
		r->gpa_origin = (__u8)__builtin_ctz(possible);
	if (r->gpa_origin == KVM_ARM_FAULT_GPA_ORIGIN_HPFAR)
		r->gpa = r->hpfar << KFI_FIPA_TO_IPA & KFI_PADDR;
	r->gpa &= ~KFI_IN_PAGE;
	if ((r->flags & far_is) == KVM_ARM_FAULT_FLAG_FAR_VALID &&
	    r->gpa_origin <= KVM_ARM_FAULT_GPA_ORIGIN_WALK)
		r->gpa |= r->far & KFI_IN_PAGE;
	if (r->address_lsb > KFI_LSB_MAX)
		r->address_lsb = KFI_PAGE_SHIFT;
}

/**
 * kfi_settle() - change a record until it breaks no rule, by as few changes as it takes
 * @r: the record
 * @room: bytes that there can be of it, 64 or more
 */
static inline void kfi_settle(struct kvm_arm_fault_info *r, size_t room)
{
	kfi_settle_version(r, room);
	if (r->kind < KVM_ARM_FAULT_KIND_DATA_ABORT || r->kind > KVM_ARM_FAULT_KIND_MEMORY_NOTICE)
		r->kind = (__u16)(KVM_ARM_FAULT_KIND_DATA_ABORT +
				  r->kind % KVM_ARM_FAULT_KIND_MEMORY_NOTICE);
	if (r->origin > 7 || !(kfi_mutate_origins[r->kind] >> r->origin & 1))
		r->origin = (__u8)__builtin_ctz(kfi_mutate_origins[r->kind]);
	if (KFI_IS_ABORT(r))
		kfi_settle_abort(r);
	else
		kfi_settle_not_abort(r);
	kfi_settle_host(r);
	kfi_settle_place(r);
	kfi_mutate_zeros(r);
}

/* The fields of a record of 64 bytes or more; those that are not there whole are 0. */
static inline void kfi_area_load(const struct kfi_mutation *m, const struct kfi_area *area,
				 struct kvm_arm_fault_info *r)
{
	const __u8 *p = m->data + area->start;

	kfi_load_head(r, p);
	kfi_load_rest(r, p, kfi_minor_within(area->end - area->start));
}

/* The record is in memory as in a file, but for the order of bytes. */
static inline void kfi_area_write(struct kfi_mutation *m, size_t at, size_t size,
				  const struct kvm_arm_fault_info *r)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	__builtin_memcpy(m->data + at, r, size);
#else
	const __u8 *p = (const __u8 *)r;
	size_t i, k;

	for (i = 0; i < KFI_COUNT(kfi_mutate_fields); i++) {
		const struct kfi_range *f = &kfi_mutate_fields[i];

		for (k = 0; k < f->count && f->first + f->count <= size; k++)
			m->data[at + f->first + k] = p[f->first + f->count - 1 - k];
	}
#endif
}

/* Write fields back, as far as there are bytes for them. */
static inline void kfi_area_store(struct kfi_mutation *m, const struct kfi_area *area,
				  const struct kvm_arm_fault_info *r)
{
	size_t end = area->grows ? m->size : area->end;

	kfi_area_write(m, area->start, kfi_size_of_minor(kfi_minor_within(end - area->start)), r);
}

static inline size_t kfi_area_room(const struct kfi_mutation *m, const struct kfi_area *area)
{
	return (area->grows ? m->room : area->end) - area->start;
}

/* Settle a record, and see to it that there are as many bytes as it says. */
static inline void kfi_area_hold(struct kfi_mutation *m, const struct kfi_area *area,
				 struct kvm_arm_fault_info *r)
{
	kfi_settle(r, kfi_area_room(m, area));
	if (area->grows && (m->data[KFI_HEAD_AT(options)] & KFI_CASE_EXACT ||
			    m->size < area->start + r->size))
		kfi_resize(m, area->start + r->size);
}

/* Whether there is a record of 64 bytes. */
static inline bool kfi_area_whole(bool found, const struct kfi_area *area)
{
	return found && area->end - area->start >= KFI_SIZE_OLDEST;
}

/* One field becomes another number. */
static inline void kfi_op_field(struct kfi_mutation *m)
{
	struct kfi_area area;

	if (kfi_find_area(m, &area))
		kfi_lie(m, area.start, area.end, KFI_IN_RECORD);
}

/* A defined flag is turned, half the time with the field that it validates. */
static inline void kfi_flag_defined(struct kfi_mutation *m, bool found, const struct kfi_area *area)
{
	const struct kfi_bit *bit = &kfi_mutate_bits[kfi_below(m, KFI_COUNT(kfi_mutate_bits))];
	size_t whole = kfi_below(m, 2);
	__u64 value = kfi_draw(m);
	size_t at, field;

	if (!kfi_area_whole(found, area))
		return;
	at = area->start + bit->at;
	field = area->start + bit->field;
	kfi_turn(m, at, bit->bit);
	if (!whole || !bit->width || field + bit->width > area->end)
		return;
	if (!(kfi_get(m, at, 8) >> bit->bit & 1))
		kfi_set(m, field, bit->width, 0);
	else if (!kfi_get(m, field, bit->width))
		kfi_set(m, field, bit->width, bit->width == 8 ? value & KFI_MUTATE_PAGE : 1 + value % 5);
}

/* One flag is turned: a defined one, or one without a name. */
static inline void kfi_op_flag(struct kfi_mutation *m)
{
	const struct kfi_undefined *bits;
	struct kfi_area area = { 0, 0, false };
	bool found = kfi_find_area(m, &area);
	size_t which = kfi_below(m, 8);
	size_t bit;

	if (which < 4) {
		kfi_flag_defined(m, found, &area);
		return;
	}
	bits = &kfi_mutate_undefined[which - 4];
	bit = bits->bits[kfi_below(m, bits->count)];
	if (kfi_area_whole(found, &area))
		kfi_turn(m, area.start + bits->at, bit);
}

/* As long as it says (1), nearly (2), any length worth trying (3), or as it was (0). */
static inline void kfi_relength(struct kfi_mutation *m, const struct kfi_area *area, size_t size,
				size_t how, size_t length, size_t noise)
{
	size = kfi_least(size, KFI_MUTATE_MOST_RECORD);
	if (how == 1)
		kfi_resize(m, area->start + size);
	else if (how == 2)
		kfi_resize(m, area->start + (size + length % 17 > 8 ? size + length % 17 - 8 : 0));
	else if (how == 3)
		kfi_resize(m, area->start + length);
	if (noise && m->size > area->end)
		kfi_noise(m, area->end, m->size - area->end);
}

/* Version, size and length, half the time such that they agree. */
static inline void kfi_op_skew(struct kfi_mutation *m)
{
	struct kfi_area area = { 0, 0, false };
	bool found = kfi_find_area(m, &area);
	const struct kfi_version *version =
		&kfi_mutate_versions[kfi_below(m, KFI_COUNT(kfi_mutate_versions))];
	size_t honest = kfi_below(m, 2);
	size_t more = kfi_below(m, 8);
	size_t size = kfi_mutate_sizes[kfi_below(m, KFI_COUNT(kfi_mutate_sizes))];
	size_t how = kfi_below(m, 4);
	size_t length = kfi_mutate_lengths[kfi_below(m, KFI_COUNT(kfi_mutate_lengths))];
	size_t exact = kfi_below(m, 4);
	size_t noise = kfi_below(m, 2);

	if (!found || area.end - area.start < KFI_PLACE(RECORD_MINOR) + 1)
		return;
	if (honest)
		size = version->size + version->more * more;
	else if (!more)
		size = area.end - area.start;
	kfi_set(m, area.start + KFI_PLACE(RECORD_SIZE), 2, size);
	m->data[area.start + KFI_PLACE(RECORD_MAJOR)] = version->major_;
	if (honest || more < 4)
		m->data[area.start + KFI_PLACE(RECORD_MINOR)] = version->minor_;
	if (!exact)
		m->data[KFI_HEAD_AT(options)] ^= KFI_CASE_EXACT;
	if (area.grows)
		kfi_relength(m, &area, size, honest ? 1 : how, length, noise);
}

/* A syndrome: alone, with what it says agreeing, or all made to hold. */
static inline void kfi_op_syndrome(struct kfi_mutation *m)
{
	static const __u8 kinds[] = { 1, 1, 1, 2, 2, 3, 3, 0 };
	struct kvm_arm_fault_info r;
	struct kfi_area area = { 0, 0, false };
	bool found = kfi_find_area(m, &area);
	__u8 kind = kinds[kfi_below(m, 8)];
	size_t any_class = kfi_below(m, 2);
	__u64 ec = kfi_below(m, 64);
	__u64 fsc = kfi_below(m, 64);
	size_t how = kfi_below(m, 4);
	size_t mode = kfi_below(m, 4);
	__u64 bits = kfi_draw(m);
	__u64 value = kfi_draw(m);

	if (!kfi_area_whole(found, &area))
		return;
	kfi_area_load(m, &area, &r);
	if (kind) {
		r.kind = kind;
		ec = kfi_mutate_class_of[kind] | (KFI_IS_ABORT(&r) ? ec & 1 : 0);
	} else if (any_class) {
		ec = kfi_mutate_classes[ec % KFI_COUNT(kfi_mutate_classes)];
	}
	if (kind == KVM_ARM_FAULT_KIND_SERROR ? how != 1 : how == 3)
		fsc = KFI_FSC_ASYNC;
	else if (how == 0)
		fsc = kfi_mutate_fscs[fsc % KFI_COUNT(kfi_mutate_fscs)];
	else if (how == 2)
		fsc = KFI_FSC_NOT_ON_WALK;
	r.esr = ec << KFI_ESR_EC_SHIFT | (bits >> 60 ? KFI_ESR_IL : 0) | fsc |
		(bits & kfi_mutate_said[mode ? kind : KFI_MUTATE_ANY_SAID]);
	if (!r.far)
		r.far = value & KFI_MUTATE_PAGE;
	if (mode > 0)
		kfi_make_agree(&r);
	if (mode > 1)
		kfi_area_hold(m, &area, &r);
	kfi_area_store(m, &area, &r);
}

/* The record is made to break nothing by as few changes as it takes. */
static inline void kfi_op_settle(struct kfi_mutation *m)
{
	struct kvm_arm_fault_info r;
	struct kfi_area area;

	if (!kfi_find_area(m, &area) || kfi_area_room(m, &area) < KFI_SIZE_OLDEST)
		return;
	if (area.end - area.start < KFI_SIZE_OLDEST) {
		kfi_resize(m, area.start + KFI_SIZE_OLDEST);
		area.end = m->size;
	}
	kfi_area_load(m, &area, &r);
	kfi_area_hold(m, &area, &r);
	kfi_area_store(m, &area, &r);
}

/* Free addresses of a record are drawn. */
static inline void kfi_vary(struct kfi_mutation *m, unsigned int free)
{
	size_t n;

	for (n = 0; n < KFI_COUNT(kfi_mutate_free_at); n++)
		if (free >> n & 1)
			kfi_turn_word(m, kfi_mutate_free_at[n], kfi_draw(m) & KFI_MUTATE_PAGE);
}

static inline void kfi_copy_template(struct kfi_mutation *m, const struct kfi_template *t)
{
	__builtin_memcpy(m->data, kfi_mutate_bytes + t->at, t->size);
	m->size = t->size;
}

static inline const struct kfi_template *kfi_any_template(struct kfi_mutation *m,
							  unsigned int surface)
{
	const struct kfi_range *range = &kfi_mutate_template_ranges[surface];

	return &kfi_mutate_templates[range->first + kfi_below(m, range->count)];
}

/* A case of a surface that breaks nothing, in the place of what was there, if there is room. */
static inline void kfi_whole(struct kfi_mutation *m, unsigned int surface)
{
	const struct kfi_template *t = kfi_any_template(m, surface);

	if (t->size > m->room)
		return;
	kfi_copy_template(m, t);
	kfi_vary(m, t->free);
}

/* The same with its addresses as they are: one time in four a seed, if one is of that surface. */
static inline void kfi_begin(struct kfi_mutation *m, unsigned int surface)
{
	const struct kfi_range *range = &kfi_mutate_seed_ranges[surface];
	const struct kfi_template *t;

	if (!kfi_below(m, 4) && range->count)
		t = &kfi_mutate_templates[kfi_mutate_seeds[range->first + kfi_below(m, range->count)]];
	else
		t = kfi_any_template(m, surface);
	if (t->size <= m->room)
		kfi_copy_template(m, t);
}

/* A case that breaks nothing, of the same surface. */
static inline void kfi_op_template(struct kfi_mutation *m)
{
	kfi_whole(m, kfi_surface(m));
}

/* The whole case that a recipe makes. */
static inline void kfi_cook(struct kfi_mutation *m, const struct kfi_recipe *recipe)
{
	const struct kfi_patch *patch = kfi_mutate_patches + recipe->first;
	size_t i;

	kfi_copy_template(m, &kfi_mutate_templates[recipe->of]);
	kfi_resize(m, recipe->size);
	for (i = 0; i < recipe->count; i++)
		kfi_turn_word(m, patch[i].offset, patch[i].bits);
	kfi_vary(m, recipe->free);
}

/* The record of a recipe in an area, or, here, its changes to the record that is there. */
static inline void kfi_cook_into(struct kfi_mutation *m, const struct kfi_area *area,
				 const struct kfi_recipe *recipe, bool here)
{
	const struct kfi_template *t = &kfi_mutate_templates[recipe->of];
	const struct kfi_patch *patch = kfi_mutate_patches + recipe->first;
	size_t i, size = area->end - area->start;

	if (!here) {
		__builtin_memset(m->data + area->start, 0, size);
		__builtin_memcpy(m->data + area->start,
				 kfi_mutate_bytes + t->at + KFI_CASE_HEAD_SIZE,
				 kfi_least(size, (size_t)t->size - KFI_CASE_HEAD_SIZE));
	}
	for (i = 0; i < recipe->count; i++)
		if (patch[i].offset >= KFI_CASE_HEAD_SIZE && patch[i].offset <= size)
			kfi_turn_word(m, area->start + patch[i].offset - KFI_CASE_HEAD_SIZE,
				      patch[i].bits);
}

/* A rule is broken, and no other: in a template, or in the record that is there. */
static inline void kfi_op_rule(struct kfi_mutation *m)
{
	unsigned int surface = kfi_surface(m);
	bool within = surface == KFI_CASE_RING && kfi_below(m, 2) == 1;
	const struct kfi_range *range =
		&kfi_mutate_recipe_ranges[within ? (unsigned int)KFI_CASE_RECORD : surface];
	const struct kfi_recipe *recipe =
		&kfi_mutate_recipes[range->first + kfi_below(m, range->count)];
	bool here = kfi_below(m, 4) == 0;
	struct kfi_area area = { KFI_CASE_HEAD_SIZE, m->size, true };

	if (within) {
		if (kfi_find_area(m, &area))
			kfi_cook_into(m, &area, recipe, here);
	} else if (here && surface == KFI_CASE_RECORD) {
		kfi_cook_into(m, &area, recipe, true);
	} else if (recipe->size <= m->room && kfi_mutate_templates[recipe->of].size <= m->room) {
		kfi_cook(m, recipe);
	}
}

KFI_MUTATE_END

#endif /* KFI_MUTATE_RECORD_H */

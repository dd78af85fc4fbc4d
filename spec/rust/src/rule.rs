// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/rules.
// To regenerate run: faultinfo generate

//! The rules of the specification.

/// A rule of the specification. Those on a record come first, in the order of judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// `vmm.major.unknown`: A record of another major version is kept as raw bytes and
    /// reported; the vCPU is not resumed.
    VmmMajorUnknown,
    /// `vmm.size`: Malformed if size is not the table's for a known minor, is below the
    /// reader's own newest size for a newer minor, is not a multiple of 8, exceeds the channel
    /// (a file holds just one record), or a flag is set whose field lies beyond it.
    VmmSize,
    /// `vmm.critical.unknown`: A record with an unknown critical flag (bits 63:32) or an
    /// unknown kind is kept as raw bytes and reported; the vCPU is not resumed.
    VmmCriticalUnknown,
    /// `vmm.agree`: kind agrees with esr.EC (a notice has EC 0), and severity, where valid and
    /// known, with SET or AET; else malformed.
    VmmAgree,
    /// `host.record.cause`: A record is made only for a hardware error: an external abort (FSC
    /// 0x10, 0x12-0x18, 0x1A-0x1F), an SError, a stage-2 fault on a page isolated before, or a
    /// page of the guest lost in the background.
    HostRecordCause,
    /// `host.esr.mask`: esr keeps, of a data abort, EC, IL, FSC, FnV, EA, CM, WnR; of an
    /// instruction abort EC, IL, FSC, FnV, EA; of both SET if the VM has RAS and the FSC is an
    /// external abort; of an SError EC, IL, IDS and, with IDS=0 and DFSC=0x11, AET, EA, DFSC.
    /// All else is 0; a memory notice has no syndrome.
    HostEsrMask,
    /// `host.esr.il`: IL is 1 in the syndrome of an instruction abort, an SError, and a data
    /// abort that is an external abort.
    HostEsrIl,
    /// `host.esr.isolated`: With origin 5 esr is the external abort that the access stands for:
    /// FSC 0x10, SET, EA and FnV 0; where the access was the guest's own stage-1 walk
    /// (S1PTW=1), STAGE1_WALK, and FSC 0x14 + level if a walk of the guest's tables finds the
    /// level (0x13, 0x12 for levels -1, -2).
    HostEsrIsolated,
    /// `host.far.valid`: Kinds 1, 2: FAR_VALID iff FSC is not 0x10 or FnV=0, never for a data
    /// abort with VNCR=1. Kind 3: iff IDS=0, DFSC=0x11, VFV=1 and FAR_EL2 was read at that
    /// exit, never from DISR_EL1. Kind 4: never.
    HostFarValid,
    /// `host.far.fnv`: Kinds 1, 2: with FSC 0x10, esr.FnV is the inverse of FAR_VALID; with any
    /// other FSC it is 0.
    HostFarFnv,
    /// `host.far.imprecise`: FAR_IMPRECISE only with FAR_VALID in kinds 1 and 2: it is FnP (bit
    /// 15 with ISV=0).
    HostFarImprecise,
    /// `host.hpfar.valid`: HPFAR_VALID iff origin is 5 and the FSC as trapped is translation,
    /// access flag or address size, or permission with S1PTW=1.
    HostHpfarValid,
    /// `host.hpfar.fipa`: hpfar holds HPFAR_EL2.FIPA \[47:4\]; every other bit is 0.
    HostHpfarFipa,
    /// `host.gpa.origin`: gpa_origin is 1, 2 or 3 iff GPA_VALID: 1 only with HPFAR_VALID, 2
    /// only with FAR_VALID, 3 only with PA_VALID.
    HostGpaOrigin,
    /// `host.gpa.low`: gpa\[11:0\] is far\[11:0\] if FAR_VALID, neither STAGE1_WALK nor
    /// FAR_IMPRECISE, and gpa_origin is 1 or 2; else 0.
    HostGpaLow,
    /// `host.gpa.hpfar`: With gpa_origin 1, gpa\[55:12\] is hpfar\[47:4\].
    HostGpaHpfar,
    /// `host.hva.valid`: HVA_VALID only with GPA_VALID: hva is where the memslot of gpa puts
    /// that page.
    HostHvaValid,
    /// `host.lsb.address`: address_lsb is 0 without GPA_VALID, and at most 55.
    HostLsbAddress,
    /// `host.pa.valid`: PA_VALID iff PFAR_EL2 was read with PFV=1, ISV=0 and FSC 0x10 or
    /// 0x12-0x17 (SError: IDS=0, DFSC=0x11), or the firmware entry has its physical-address bit
    /// (memory section: PA), or ERR\<n>ADDR has AV=1, AI=0, VA=0, or origin is 5.
    HostPaValid,
    /// `host.severity.valid`: SEVERITY_VALID iff the syndrome states it: kinds 1, 2 with FSC
    /// 0x10, origin 1 or 3 and SET visible and not reserved; kind 3 with IDS=0, DFSC=0x11 and
    /// AET not reserved; severity is then 1 to 5.
    HostSeverityValid,
    /// `host.serror.given`: Kind 3 is made for IDS=1 and for UEO, UER, UEU. A CE is logged and
    /// resumed; UC, a reserved AET and a DFSC other than 0x11 end in a host panic.
    HostSerrorGiven,
    /// `host.action.possible`: host_action is 0 to 4: 2 and 4 only with origin 5 or kind 4, 3
    /// only with origin 2 or 3.
    HostActionPossible,
    /// `host.action_required.kind`: ACTION_REQUIRED iff the kind is 1 or 2.
    HostActionRequiredKind,
    /// `host.origin.kind`: origin is 1, 3 or 5 for kinds 1 and 2, 1 or 3 for kind 3, 0 or 2 for
    /// kind 4; 4 is reserved.
    HostOriginKind,
    /// `host.firmware_severity.origin`: firmware_severity is the record's CPER severity + 1 (1
    /// to 4) iff origin is 2 or 3, else 0.
    HostFirmwareSeverityOrigin,
    /// `host.firmware_va.usable`: FIRMWARE_VA_VALID iff the CPER bit is set, the address is not
    /// 0, the record came by the SEA notification claimed for this very trap (kind 1 or 2,
    /// origin 3), its MPIDR is valid and the trapping PE's, and exactly one error information
    /// entry has an address.
    HostFirmwareVaUsable,
    /// `host.context_corrupt.firmware`: CONTEXT_CORRUPT iff the firmware record of this error
    /// says so (origin 2 or 3).
    HostContextCorruptFirmware,
    /// `host.nested.trap`: NESTED only with a trap (kinds 1 to 3).
    HostNestedTrap,
    /// `host.stage1_walk.known`: STAGE1_WALK only with origin 5 in kinds 1 and 2: S1PTW=1 at
    /// the stage-2 fault.
    HostStage1WalkKnown,
    /// `host.invalid.zero`: A field whose validity flag is clear is 0.
    HostInvalidZero,
    /// `host.reserved.zero`: reserved0, every flag that the written version does not define,
    /// and every sea_flags bit but GPA_VALID are 0.
    HostReservedZero,
    /// `host.byte_order`: Files, rings and vectors are little-endian; kvm_run is in the host's
    /// own byte order.
    HostByteOrder,
    /// `host.gpa.space`: gpa lies in the VM's memslots, or GPA_VALID is 0.
    HostGpaSpace,
    /// `host.owned`: Not given to the VMM but injected by the host as an SError with IDS=1: any
    /// external abort or SError where the host lacks FEAT_RAS, VNCR=1 in hyp context, FSC
    /// 0x13-0x17 with S1PTW=1. Without FEAT_RAS the host cannot choose the SError's ISS: the
    /// guest reads EC, IL and an ISS of the CPU's own.
    HostOwned,
    /// `host.claim.queued`: A claim that queued memory_failure() makes no record at the trap:
    /// the vCPU re-enters, and the repeated access makes the origin 5 record.
    HostClaimQueued,
    /// `host.never_silent`: Every guest error ends in one of: a record, a kernel signal, an
    /// exception injected by the host, a host panic, a logged resume. A failed software walk
    /// ends in a record without gpa.
    HostNeverSilent,
    /// `host.one_report`: A record or SIGBUS, never both.
    HostOneReport,
    /// `host.enabled.only`: No version, kind or critical flag that was not enabled.
    HostEnabledOnly,
    /// `host.cper.strict`: A firmware record whose lengths or counts disagree is refused whole;
    /// nothing of it is used.
    HostCperStrict,
    /// `host.enable.once`: The capability is enabled once and before the first vCPU; else
    /// -EINVAL.
    HostEnableOnce,
    /// `host.enable.known`: Enabling with another major version, with a kind or critical flag
    /// that the host does not know, or with any other bit that means nothing, is -EINVAL; of a
    /// newer minor the host writes its own newest.
    HostEnableKnown,
    /// `host.enable.protected`: A protected VM cannot enable the capability (-EINVAL) and gets
    /// no record.
    HostEnableProtected,
    /// `host.reply.one_abort`: Both ext_dabt_pending and ext_iabt_pending in one reply are
    /// refused (-EINVAL).
    HostReplyOneAbort,
    /// `host.reply.kind`: A reply for kind 1 is a data abort and for kind 2 an instruction
    /// abort, and no abort answers kind 3; else -EINVAL.
    HostReplyKind,
    /// `host.reply.esr`: ext_abt_esr may hold FSC (0x10, 0x13-0x17), EA, for a data abort WnR
    /// and CM, and SET only for a VM with RAS; any other bit, an unknown FSC, or ext_abt_esr or
    /// ext_abt_far without its flag and an abort is -EINVAL.
    HostReplyEsr,
    /// `host.reply.far`: An FSC of 0x13-0x17 without ext_abt_has_far is -EINVAL.
    HostReplyFar,
    /// `host.reply.fnv`: The host sets FnV iff FSC is 0x10 and no FAR is given; FAR_EL1 is then
    /// 0.
    HostReplyFnv,
    /// `host.reply.entry`: The host chooses target EL, EC, IL and vector, and makes the
    /// exception entry before the ioctl returns.
    HostReplyEntry,
    /// `host.reply.serror`: serror_esr may hold ISS bits \[24:0\] and needs serror_has_esr and
    /// FEAT_RAS; else -EINVAL. Without a syndrome the SError has IDS=1.
    HostReplySerror,
    /// `host.reply.none`: Without a reply before the next KVM_RUN, kinds 1 and 2 repeat the
    /// access, and for kind 3 the host does what it does with the capability off: UEO is
    /// resumed, anything else is an SError with IDS=1.
    HostReplyNone,
    /// `host.reply.reserved`: Every byte of kvm_vcpu_events that has no meaning is 0, and a
    /// flag is 0 or 1; else -EINVAL.
    HostReplyReserved,
    /// `host.exit.publish`: The record is written to the exit union before exit_reason says
    /// that it is there.
    HostExitPublish,
    /// `vmm.exit.reason`: A record is read only from a page whose exit_reason is
    /// KVM_EXIT_ARM_SEA or the SError exit.
    VmmExitReason,
    /// `vmm.exit.lifetime`: The record on the page lives until the next KVM_RUN on that vCPU:
    /// after one that fails there is none, whatever exit_reason says. An answer names the exit
    /// that it answers.
    VmmExitLifetime,
    /// `vmm.single_fetch`: Shared memory is copied once, then read.
    VmmSingleFetch,
    /// `host.ring.publish`: Position p: stamp 2p+1, then envelope and record, then stamp 2p+2,
    /// then head p+1; stamps and head are each one aligned 8-byte store.
    HostRingPublish,
    /// `host.ring.full`: When the ring is full the producer counts lost in the header and does
    /// not block.
    HostRingFull,
    /// `host.ring.restart`: A restarted producer goes on from the header: a slot at head with
    /// stamp 2*head+2 is whole and is published; one with stamp 2*head+1, or that of its last
    /// use (0: never used), is written anew; any other stamp is no producer's, and the ring is
    /// refused. Then it wakes the consumer again.
    HostRingRestart,
    /// `host.sequence`: sequence counts every record of the channel from 1, lost ones too: it
    /// is the sequence of the slot before, plus 1, plus lost (which saturates).
    HostSequence,
    /// `vmm.ring.header`: A ring is refused whose header lies: magic, sizes, slots not a power
    /// of two from 2, beyond its mapping, head behind tail, or head more than slots ahead of
    /// tail.
    VmmRingHeader,
    /// `vmm.ring.stamp`: A slot is used only if its stamp is 2p+2 before and after it was
    /// copied.
    VmmRingStamp,
    /// `vmm.ring.tail`: The consumer stores tail only after it has dealt with the record.
    VmmRingTail,
    /// `vmm.malformed`: Bytes that are too short to say what they are, or that break vmm.size
    /// or vmm.agree, are malformed: keep the raw bytes, report, do not resume the vCPU. Never
    /// ignore, never crash.
    VmmMalformed,
    /// `vmm.trailing`: Of a newer minor the reader reads its own prefix; the bytes beyond are
    /// kept, not judged.
    VmmTrailing,
    /// `vmm.enum.unknown`: An unknown origin, host_action, severity or gpa_origin is kept raw
    /// and treated as 0; an unknown descriptive flag is kept raw and ignored.
    VmmEnumUnknown,
    /// `vmm.far.source`: Kinds 1, 2: FAR_EL1 := far if FAR_VALID; else firmware_va if
    /// FIRMWARE_VA_VALID and the machine takes that source; else FSC := 0x10, FnV := 1, FAR_EL1
    /// := 0. Bit 10 of an SError is AET\[0\] and is never touched.
    VmmFarSource,
    /// `vmm.far.odds`: FAR_VALID decides; a reader that finds esr.FnV at odds with it says so.
    VmmFarOdds,
    /// `vmm.esr.rewrite`: ESR_EL1: EC from the vCPU's level and the kind, IL=1; FSC 0x13-0x17
    /// is shown only with STAGE1_WALK, every other as 0x10; EA kept, WnR and CM for a data
    /// abort; SET only if the guest has RAS; all else 0 but FnV.
    VmmEsrRewrite,
    /// `vmm.sea.vector`: The abort enters at VBAR_EL1 + 0x000 (EL1 with SP_EL0), 0x200 (EL1
    /// with SP_EL1), 0x400 (EL0, AArch64), 0x600 (EL0, AArch32), and at +0x180 from there with
    /// effective SCTLR2_EL1.EASE.
    VmmSeaVector,
    /// `vmm.entry.state`: The entry writes SPSR_EL1, ELR_EL1 and PSTATE as the architecture's
    /// exception entry to EL1 does.
    VmmEntryState,
    /// `vmm.target`: An exception is injected only where EL1 is AArch64, the vCPU has no EL2
    /// and the trap was not a nested guest's; else the VMM stops and names the rule.
    VmmTarget,
    /// `vmm.notify`: A machine not set up for RAS prints the error and stops. CONTEXT_CORRUPT
    /// stops. Kinds 1, 2: a SEA; a machine may prefer an interrupt while the vCPU can take it,
    /// with a bound on repeats of the access, then a SEA. Kind 4: interrupt (default) or
    /// polled, SEI only for a guest known to support it. Kind 3: CE and UEO are logged; UER and
    /// UEU are a virtual SError with AET, EA, DFSC; without a usable syndrome, or for a guest
    /// without RAS, one with IDS=1; UC stops.
    VmmNotify,
    /// `vmm.serror.worse`: While one virtual SError is pending the worse of the two stays.
    VmmSerrorWorse,
    /// `vmm.once`: A repeated report of one access (same vCPU, pc, far) injects once; the vCPU
    /// is run again.
    VmmOnce,
    /// `vmm.report.ack`: The guest's CPER goes into a GHESv2 error status block with read-ack;
    /// an unacknowledged block delays the next notification, never overwrites it, never drops
    /// it. With a new block bit 0 of the read-ack register is cleared, and no other bit
    /// changes.
    VmmReportAck,
    /// `vmm.report.address`: The guest's CPER has the guest physical address where gpa is
    /// valid, in a memory section of unknown error type, with the mask of the granule where
    /// address_lsb is known and below 64; the virtual address where only that is known, and no
    /// address where neither is, in a processor section of a cache error, but of kind 4 in a
    /// memory section.
    VmmReportAddress,
    /// `vmm.report.severity`: The guest's CPER is corrected for CE, recoverable for UEO and
    /// UER, fatal for UEU and UC. Where severity is not known it is recoverable for kinds 1 and
    /// 2; for the others it is firmware's own, or recoverable if there is none. Block Status
    /// says one entry, and an uncorrectable error if it is recoverable or fatal, else a
    /// correctable one.
    VmmReportSeverity,
    /// `vmm.migrate`: No record travels: the VMM answers before it saves a vCPU.
    VmmMigrate,
}

impl Rule {
    /// Every rule, by number.
    pub const ALL: [Self; 78] = [
        Self::VmmMajorUnknown,
        Self::VmmSize,
        Self::VmmCriticalUnknown,
        Self::VmmAgree,
        Self::HostRecordCause,
        Self::HostEsrMask,
        Self::HostEsrIl,
        Self::HostEsrIsolated,
        Self::HostFarValid,
        Self::HostFarFnv,
        Self::HostFarImprecise,
        Self::HostHpfarValid,
        Self::HostHpfarFipa,
        Self::HostGpaOrigin,
        Self::HostGpaLow,
        Self::HostGpaHpfar,
        Self::HostHvaValid,
        Self::HostLsbAddress,
        Self::HostPaValid,
        Self::HostSeverityValid,
        Self::HostSerrorGiven,
        Self::HostActionPossible,
        Self::HostActionRequiredKind,
        Self::HostOriginKind,
        Self::HostFirmwareSeverityOrigin,
        Self::HostFirmwareVaUsable,
        Self::HostContextCorruptFirmware,
        Self::HostNestedTrap,
        Self::HostStage1WalkKnown,
        Self::HostInvalidZero,
        Self::HostReservedZero,
        Self::HostByteOrder,
        Self::HostGpaSpace,
        Self::HostOwned,
        Self::HostClaimQueued,
        Self::HostNeverSilent,
        Self::HostOneReport,
        Self::HostEnabledOnly,
        Self::HostCperStrict,
        Self::HostEnableOnce,
        Self::HostEnableKnown,
        Self::HostEnableProtected,
        Self::HostReplyOneAbort,
        Self::HostReplyKind,
        Self::HostReplyEsr,
        Self::HostReplyFar,
        Self::HostReplyFnv,
        Self::HostReplyEntry,
        Self::HostReplySerror,
        Self::HostReplyNone,
        Self::HostReplyReserved,
        Self::HostExitPublish,
        Self::VmmExitReason,
        Self::VmmExitLifetime,
        Self::VmmSingleFetch,
        Self::HostRingPublish,
        Self::HostRingFull,
        Self::HostRingRestart,
        Self::HostSequence,
        Self::VmmRingHeader,
        Self::VmmRingStamp,
        Self::VmmRingTail,
        Self::VmmMalformed,
        Self::VmmTrailing,
        Self::VmmEnumUnknown,
        Self::VmmFarSource,
        Self::VmmFarOdds,
        Self::VmmEsrRewrite,
        Self::VmmSeaVector,
        Self::VmmEntryState,
        Self::VmmTarget,
        Self::VmmNotify,
        Self::VmmSerrorWorse,
        Self::VmmOnce,
        Self::VmmReportAck,
        Self::VmmReportAddress,
        Self::VmmReportSeverity,
        Self::VmmMigrate,
    ];

    /// The dotted name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VmmMajorUnknown => "vmm.major.unknown",
            Self::VmmSize => "vmm.size",
            Self::VmmCriticalUnknown => "vmm.critical.unknown",
            Self::VmmAgree => "vmm.agree",
            Self::HostRecordCause => "host.record.cause",
            Self::HostEsrMask => "host.esr.mask",
            Self::HostEsrIl => "host.esr.il",
            Self::HostEsrIsolated => "host.esr.isolated",
            Self::HostFarValid => "host.far.valid",
            Self::HostFarFnv => "host.far.fnv",
            Self::HostFarImprecise => "host.far.imprecise",
            Self::HostHpfarValid => "host.hpfar.valid",
            Self::HostHpfarFipa => "host.hpfar.fipa",
            Self::HostGpaOrigin => "host.gpa.origin",
            Self::HostGpaLow => "host.gpa.low",
            Self::HostGpaHpfar => "host.gpa.hpfar",
            Self::HostHvaValid => "host.hva.valid",
            Self::HostLsbAddress => "host.lsb.address",
            Self::HostPaValid => "host.pa.valid",
            Self::HostSeverityValid => "host.severity.valid",
            Self::HostSerrorGiven => "host.serror.given",
            Self::HostActionPossible => "host.action.possible",
            Self::HostActionRequiredKind => "host.action_required.kind",
            Self::HostOriginKind => "host.origin.kind",
            Self::HostFirmwareSeverityOrigin => "host.firmware_severity.origin",
            Self::HostFirmwareVaUsable => "host.firmware_va.usable",
            Self::HostContextCorruptFirmware => "host.context_corrupt.firmware",
            Self::HostNestedTrap => "host.nested.trap",
            Self::HostStage1WalkKnown => "host.stage1_walk.known",
            Self::HostInvalidZero => "host.invalid.zero",
            Self::HostReservedZero => "host.reserved.zero",
            Self::HostByteOrder => "host.byte_order",
            Self::HostGpaSpace => "host.gpa.space",
            Self::HostOwned => "host.owned",
            Self::HostClaimQueued => "host.claim.queued",
            Self::HostNeverSilent => "host.never_silent",
            Self::HostOneReport => "host.one_report",
            Self::HostEnabledOnly => "host.enabled.only",
            Self::HostCperStrict => "host.cper.strict",
            Self::HostEnableOnce => "host.enable.once",
            Self::HostEnableKnown => "host.enable.known",
            Self::HostEnableProtected => "host.enable.protected",
            Self::HostReplyOneAbort => "host.reply.one_abort",
            Self::HostReplyKind => "host.reply.kind",
            Self::HostReplyEsr => "host.reply.esr",
            Self::HostReplyFar => "host.reply.far",
            Self::HostReplyFnv => "host.reply.fnv",
            Self::HostReplyEntry => "host.reply.entry",
            Self::HostReplySerror => "host.reply.serror",
            Self::HostReplyNone => "host.reply.none",
            Self::HostReplyReserved => "host.reply.reserved",
            Self::HostExitPublish => "host.exit.publish",
            Self::VmmExitReason => "vmm.exit.reason",
            Self::VmmExitLifetime => "vmm.exit.lifetime",
            Self::VmmSingleFetch => "vmm.single_fetch",
            Self::HostRingPublish => "host.ring.publish",
            Self::HostRingFull => "host.ring.full",
            Self::HostRingRestart => "host.ring.restart",
            Self::HostSequence => "host.sequence",
            Self::VmmRingHeader => "vmm.ring.header",
            Self::VmmRingStamp => "vmm.ring.stamp",
            Self::VmmRingTail => "vmm.ring.tail",
            Self::VmmMalformed => "vmm.malformed",
            Self::VmmTrailing => "vmm.trailing",
            Self::VmmEnumUnknown => "vmm.enum.unknown",
            Self::VmmFarSource => "vmm.far.source",
            Self::VmmFarOdds => "vmm.far.odds",
            Self::VmmEsrRewrite => "vmm.esr.rewrite",
            Self::VmmSeaVector => "vmm.sea.vector",
            Self::VmmEntryState => "vmm.entry.state",
            Self::VmmTarget => "vmm.target",
            Self::VmmNotify => "vmm.notify",
            Self::VmmSerrorWorse => "vmm.serror.worse",
            Self::VmmOnce => "vmm.once",
            Self::VmmReportAck => "vmm.report.ack",
            Self::VmmReportAddress => "vmm.report.address",
            Self::VmmReportSeverity => "vmm.report.severity",
            Self::VmmMigrate => "vmm.migrate",
        }
    }
}

/// How many rules a record is held against.
pub const RECORD_RULES: usize = 31;
/// Those of them that a reader refuses, bit n for rule n.
pub const REFUSALS: u64 = 0xf;

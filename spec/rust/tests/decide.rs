// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What the guest reads: ESR_EL1 and FAR_EL1 by hand, from the Arm ARM.

use kvm_fault_info::abi::KvmArmFaultInfo;
use kvm_fault_info::{
    decide, enter, reply, Action, Decision, Features, Machine, Reader, Reason, Rule, Vcpu, Way,
};

const EL0: Vcpu = at(0);
const EL1: Vcpu = at(5);
const FAR: u64 = 0xffff_0000_1234_5678;

const fn at(pstate: u64) -> Vcpu {
    Vcpu {
        pc: 0x40_1000,
        pstate,
        vbar_el1: 0xffff_8000_0000_8000,
        sctlr_el1: 0,
        sctlr2_el1: 0,
        gcscr_el1: 0,
        esr_el1: 0,
        far_el1: 0,
        elr_el1: 0,
        spsr_el1: 0,
    }
}

fn record(kind: u16, esr: u64, flags: u64) -> KvmArmFaultInfo {
    KvmArmFaultInfo {
        esr,
        far: if flags & 1 == 1 { FAR } else { 0 },
        size: 80,
        major: 1,
        minor: 1,
        kind,
        origin: 1,
        flags,
        firmware_va: if flags & 1 << 4 == 0 { 0 } else { 0x7777_0000 },
        ..KvmArmFaultInfo::default()
    }
}

fn decided(info: &KvmArmFaultInfo, vcpu: &Vcpu, machine: &Machine<'_>) -> Decision {
    let bytes = info.to_le_bytes();
    decide(Reader::new().read(&bytes).as_ref(), vcpu, machine)
}

#[test]
fn far_comes_from_the_hardware_then_from_firmware_then_from_nobody() {
    let esr = |fnv: u64| 0x9200_0010 | fnv << 10;
    let machine = Machine::default();
    let refuses = Machine {
        firmware_va: false,
        ..machine
    };
    let cases = [
        (0, 1 | 1 << 4, &machine, FAR, 0x9200_0010),
        (1, 1 << 4, &machine, 0x7777_0000, 0x9200_0010),
        (1, 1 << 4, &refuses, 0, 0x9200_0410),
        (1, 0, &machine, 0, 0x9200_0410),
    ];
    for (fnv, flags, machine, far, esr_el1) in cases {
        let decision = decided(&record(1, esr(fnv), flags), &EL0, machine);
        assert_eq!(decision.action, Action::Inject);
        assert_eq!((decision.far_el1, decision.esr_el1), (far, esr_el1));
    }
}

#[test]
fn a_walk_is_shown_only_where_it_is_known_to_be_the_guests() {
    for (flags, fsc) in [(1, 0x10), (1 | 1 << 9, 0x16), (1 << 9, 0x10)] {
        let decision = decided(&record(1, 0x9200_0016, flags), &EL1, &Machine::default());
        assert_eq!(decision.esr_el1 & 0x3f, fsc);
        assert_eq!(decision.esr_el1 >> 26, 0x25, "from the same level");
    }
}

#[test]
fn set_wnr_cm_and_ea_are_kept_where_the_guest_may_see_them() {
    let esr = 0x9200_0010 | 3 << 11 | 1 << 9 | 1 << 8 | 1 << 6;
    let blind = Machine {
        features: Features::BASELINE.without(Features::RAS),
        ..Machine::default()
    };
    let of = |machine: Machine<'_>| decided(&record(1, esr, 1), &EL0, &machine).esr_el1;
    assert_eq!(of(Machine::default()), esr);
    assert_eq!(of(blind), esr & !(3 << 11));
    let fetch = decided(&record(2, 0x8200_0010 | 3 << 11 | 1 << 9, 1), &EL0, &blind);
    assert_eq!(fetch.esr_el1, 0x8200_0010 | 1 << 9);
}

#[test]
fn the_handler_is_entered_where_the_architecture_says() {
    let ease = Vcpu {
        sctlr2_el1: 1 << 5,
        ..EL1
    };
    let entries = [
        (at(4), 0),
        (EL1, 0x200),
        (EL0, 0x400),
        (at(0x10), 0x600),
        (ease, 0x380),
    ];
    for (vcpu, offset) in entries {
        let machine = Machine::default();
        let decision = decided(&record(1, 0x9200_0010, 1), &vcpu, &machine);
        let after = enter(&decision, &vcpu, &machine);
        assert_eq!(after.pc, vcpu.vbar_el1 + offset);
        assert_eq!((after.elr_el1, after.spsr_el1), (vcpu.pc, vcpu.pstate));
        assert_eq!((after.esr_el1, after.far_el1), (decision.esr_el1, FAR));
        assert_eq!(
            after.pstate,
            5 | 0xf << 6 | 1 << 22,
            "EL1h, DAIF, PAN since SPAN is 0"
        );
    }
}

#[test]
fn an_serror_is_logged_pended_or_stops_by_its_severity() {
    let cases = [
        (6, Action::Log),
        (2, Action::Log),
        (3, Action::Pend),
        (1, Action::Pend),
        (0, Action::Stop),
        (4, Action::Pend),
    ];
    for (aet, action) in cases {
        let info = record(3, 0xbe00_0011 | aet << 10 | 1 << 9, 0);
        let decision = decided(&info, &EL1, &Machine::default());
        assert_eq!(decision.action, action, "AET {aet}");
        if action == Action::Pend {
            let iss = if aet == 4 { 1 << 24 } else { 0x211 | aet << 10 };
            assert_eq!(decision.serror_esr, iss);
        }
    }
}

#[test]
fn the_worse_of_two_serrors_stays() {
    let pending = |iss| Machine {
        pending_serror: Some(iss),
        ..Machine::default()
    };
    let info = record(3, 0xbe00_0c11, 0); // recoverable
    let worse = decided(&info, &EL1, &pending(0x411)); // unrecoverable waits
    assert_eq!(
        (worse.action, worse.rule),
        (Action::Log, Rule::VmmSerrorWorse)
    );
    assert_eq!(worse.serror_esr, 0x411);
    assert_eq!(decided(&info, &EL1, &pending(0x811)).action, Action::Pend);
}

#[test]
fn what_cannot_be_injected_stops_and_says_why() {
    let nested = record(1, 0x9200_0010, 1 | 1 << 7);
    let abort = record(1, 0x9200_0010, 1);
    let own = Machine {
        features: Features::BASELINE.with(Features::NV),
        ..Machine::default()
    };
    let none = Machine {
        notifications: &[Way::Poll],
        ..Machine::default()
    };
    let cases = [
        (
            decided(&nested, &EL1, &Machine::default()),
            Reason::Nested,
            Rule::VmmTarget,
        ),
        (decided(&abort, &EL1, &own), Reason::OwnEl2, Rule::VmmTarget),
        (
            decided(&abort, &at(9), &Machine::default()),
            Reason::NotAarch64,
            Rule::VmmTarget,
        ),
        (decided(&abort, &EL1, &none), Reason::NoWay, Rule::VmmNotify),
    ];
    for (decision, reason, rule) in cases {
        assert_eq!(decision.action, Action::Stop);
        assert_eq!((decision.reason, decision.rule), (Some(reason), rule));
    }
}

#[test]
fn the_reply_says_the_same_and_leaves_the_rest_to_the_host() {
    let bytes = record(1, 0x9600_0450, 1 << 4).to_le_bytes();
    let read = Reader::new().read(&bytes);
    let decision = decide(read.as_ref(), &EL0, &Machine::default());
    let said = reply(&decision, &read.unwrap()).unwrap();
    let flags = (
        said.ext_dabt_pending,
        said.ext_iabt_pending,
        said.ext_abt_has_far,
    );
    assert_eq!(flags, (1, 0, 1));
    assert_eq!((said.ext_abt_esr, said.ext_abt_far), (0x50, 0x7777_0000));
}

#[test]
fn whatever_was_refused_stops_by_its_rule() {
    let read = Reader::new().read(&[0; 12]);
    let decision = decide(read.as_ref(), &EL0, &Machine::default());
    assert_eq!(
        (decision.action, decision.rule),
        (Action::Stop, Rule::VmmMalformed)
    );
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Rings made by hand, and a producer that writes while the consumer reads.

use std::sync::atomic::{fence, AtomicU64, Ordering};
use std::thread;

use kvm_fault_info::ring::{Consumer, Image};
use kvm_fault_info::Rule;

const SLOTS: u64 = 4;
/// Words of a slot: stamp, vcpu and lost, sequence, and three of record.
const SLOT: u64 = 6;
const HEAD: usize = 2;
const TAIL: usize = 3;

/// Two halves in one word, the first the lower.
const fn pair(low: u64, high: u64) -> u64 {
    low | high << 32
}

/// magic, header_size, major 1, minor 0; slot_size, slots; head, tail, lost; zeros.
fn header(head: u64, tail: u64, lost: u64) -> Vec<u64> {
    let magic = u32::from_le_bytes(*b"KFI1").into();
    let versions = 0x1_0040;
    vec![
        pair(magic, versions),
        pair(SLOT * 8, SLOTS),
        head,
        tail,
        lost,
        0,
        0,
        0,
    ]
}

fn slot(position: u64, vcpu: u64, lost: u64, sequence: u64) -> Vec<u64> {
    vec![
        2 * position + 2,
        pair(vcpu, lost),
        sequence,
        position,
        position,
        position,
    ]
}

/// Positions 5, 6 and 7 are to be read; two records were lost before position 6.
fn three() -> Vec<u64> {
    let slots = [
        slot(4, 0, 0, 6),
        slot(5, 1, 0, 7),
        slot(6, 2, 2, 10),
        slot(7, 3, 0, 11),
    ];
    header(8, 5, 3).into_iter().chain(slots.concat()).collect()
}

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn shared(words: &[u64]) -> Vec<AtomicU64> {
    words
        .iter()
        .map(|word| AtomicU64::new(word.to_le()))
        .collect()
}

#[test]
fn an_image_gives_its_records_oldest_first() {
    let data = bytes(&three());
    let image = Image::parse(&data).unwrap();
    let seen: Vec<_> = image
        .slots()
        .map(|s| (s.position, s.envelope.vcpu, s.envelope.sequence))
        .collect();
    assert_eq!(seen, [(5, 1, 7), (6, 2, 10), (7, 3, 11)]);
    assert!(image
        .slots()
        .all(|s| s.record[..8] == s.position.to_le_bytes()));
    assert_eq!(image.header().record_size(), 24);
}

#[test]
fn a_consumer_takes_them_and_moves_tail() {
    let memory = shared(&three());
    let mut ring = Consumer::new(&memory[..]).unwrap();
    let mut buffer = [0; 24];
    assert_eq!(ring.pending(), Ok(3));
    for position in 5..8 {
        assert_eq!(ring.fetch(&mut buffer).unwrap().unwrap().position, position);
        assert_eq!(
            memory[TAIL].load(Ordering::SeqCst),
            position,
            "not before it is dealt with"
        );
        assert!(ring.commit());
        assert!(!ring.commit());
        assert_eq!(memory[TAIL].load(Ordering::SeqCst), position + 1);
    }
    assert_eq!(ring.fetch(&mut buffer), Ok(None));
}

#[test]
fn a_consumer_that_died_leaves_the_record_to_the_next() {
    let memory = shared(&three());
    let mut buffer = [0; 24];
    let mut sequence = || {
        let mut ring = Consumer::new(&memory[..]).unwrap();
        ring.fetch(&mut buffer).unwrap().unwrap().envelope.sequence
    };
    assert_eq!(sequence(), 7);
    assert_eq!(sequence(), 7);
}

#[test]
fn a_short_buffer_gets_the_beginning_of_the_record() {
    let memory = shared(&three());
    let mut ring = Consumer::new(&memory[..]).unwrap();
    assert_eq!(
        ring.fetch(&mut [0xff; 5]).unwrap().unwrap().record,
        [5, 0, 0, 0, 0]
    );
}

#[test]
fn a_header_that_lies_is_refused() {
    let lies: [(usize, u64, &str); 7] = [
        (0, 0, "ring.header.magic"),
        (0, header(0, 0, 0)[0] ^ (2 << 48), "ring.header.major"),
        (1, pair(SLOT * 8, 3), "ring.header.slots"),
        (1, pair(SLOT * 8, 8), "ring.header.slots"),
        (1, pair(30, SLOTS), "ring.header.slot_size"),
        (HEAD, 10, "ring.header.head"),
        (TAIL, 9, "ring.header.head"),
    ];
    for (at, word, path) in lies {
        let mut words = three();
        words[at] = word;
        let refusal = Image::parse(&bytes(&words)).unwrap_err();
        assert_eq!(
            (refusal.rule, refusal.path.to_string().as_str()),
            (Rule::VmmRingHeader, path)
        );
        let memory = shared(&words);
        assert_eq!(Consumer::new(&memory[..]).err(), Some(refusal));
    }
    for length in 0..three().len() * 8 {
        assert!(
            Image::parse(&bytes(&three())[..length]).is_err(),
            "{length}"
        );
    }
}

#[test]
fn a_slot_that_is_not_complete_and_a_gap_that_nobody_counted_are_refused() {
    let first = 8 + usize::try_from(SLOT).unwrap();
    let lies = [
        (first, 11, Rule::VmmRingStamp, "ring.slot[5].stamp"),
        (first + 2, 2, Rule::HostSequence, "ring.slot[5].sequence"),
        (
            first + 7,
            pair(2, 1),
            Rule::HostSequence,
            "ring.slot[6].lost",
        ),
    ];
    for (at, word, rule, path) in lies {
        let mut words = three();
        words[at] = word;
        let refusal = Image::parse(&bytes(&words)).unwrap_err();
        assert_eq!(
            (refusal.rule, refusal.path.to_string().as_str()),
            (rule, path)
        );
        assert_eq!(
            refusal.offset % 8,
            if path.ends_with("lost") { 4 } else { 0 }
        );
    }
}

/// Rule `host.ring.publish`: stamp, data, stamp, head, each ordered before the next.
fn produce(memory: &[AtomicU64], number: u64) {
    for position in 0..number {
        while position - memory[TAIL].load(Ordering::Acquire) == SLOTS {
            thread::yield_now();
        }
        let start = usize::try_from(8 + position % SLOTS * SLOT).unwrap();
        memory[start].store((2 * position + 1).to_le(), Ordering::Relaxed);
        fence(Ordering::SeqCst);
        for (word, value) in memory[start + 1..]
            .iter()
            .zip(&slot(position, 0, 0, position + 1)[1..])
        {
            word.store(value.to_le(), Ordering::Relaxed);
        }
        memory[start].store((2 * position + 2).to_le(), Ordering::Release);
        memory[HEAD].store((position + 1).to_le(), Ordering::Release);
    }
}

#[test]
fn no_record_is_torn_or_lost_while_the_producer_writes() {
    const NUMBER: u64 = 20_000;
    let empty = vec![0; usize::try_from(SLOTS * SLOT).unwrap()];
    let memory = shared(&[header(0, 0, 0), empty].concat());
    let mut taken = 0;
    thread::scope(|scope| {
        scope.spawn(|| produce(&memory, NUMBER));
        let mut ring = Consumer::new(&memory[..]).unwrap();
        let mut buffer = [0; 24];
        while taken < NUMBER {
            let Some(slot) = ring.fetch(&mut buffer).unwrap() else {
                thread::yield_now();
                continue;
            };
            assert_eq!(slot.envelope.sequence, taken + 1);
            assert_eq!(slot.record, taken.to_le_bytes().repeat(3));
            assert!(ring.commit());
            taken += 1;
        }
    });
}

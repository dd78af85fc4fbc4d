# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Templates break nothing, each recipe breaks the rule that it names and no other, and every such rule has one."""

from __future__ import annotations

from typing import Final

import pytest

from abi.fuzz import broken, steps
from abi.fuzz.buffer import Buffer
from abi.fuzz.case import build, parse
from abi.fuzz.operations.recipe import apply
from abi.fuzz.recipes import STRICT, Recipe, recipes
from abi.fuzz.templates import CASES
from abi.rules import RECORD_RULES, all_rules
from abi.rules.host import REPLY_RULES
from abi.rules.vmm import ANSWER_RULES

#: Why no bytes alone can break a rule.
_OF_TIME: Final = "it says who stores what when; no image shows it"
_OF_READER: Final = "it says what a reader does with what it reads"
_OF_TRAP: Final = "it needs the trap beside the record"
_OF_ASKING: Final = "it is about KVM_ENABLE_CAP"
#: Every rule that has no recipe, and why.
WITHOUT: Final[dict[str, str]] = {
    **{rule.name: "it is about the reply, or what the host does with it" for rule in REPLY_RULES},
    **{rule.name: "it says what the VMM does" for rule in ANSWER_RULES},
    "host.byte_order": "bytes in another order are other bytes",
    "host.gpa.space": "it needs the VM's memslots", "host.owned": _OF_TRAP, "host.claim.queued": _OF_TRAP,
    "host.never_silent": _OF_TRAP, "host.one_report": _OF_TRAP, "host.enabled.only": "it needs what was enabled",
    "host.enable.once": _OF_ASKING, "host.enable.known": _OF_ASKING, "host.enable.protected": _OF_ASKING,
    "host.exit.publish": _OF_TIME, "host.ring.publish": _OF_TIME, "host.ring.full": _OF_TIME,
    "host.ring.restart": _OF_TIME, "vmm.ring.tail": _OF_TIME,
    "vmm.exit.reason": "it needs the page around the record", "vmm.exit.lifetime": _OF_TIME,
    "vmm.single_fetch": "a target breaks it, not a case: a page that changes shows it",
    "vmm.trailing": _OF_READER, "vmm.enum.unknown": _OF_READER,
}


@pytest.mark.parametrize("name", CASES)
def test_a_template_breaks_nothing(name: str) -> None:
    data = build(CASES[name])
    assert broken.rules(data) == ()


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: f"{recipe.rule}-{recipe.template}")
def test_a_recipe_breaks_its_rule_and_no_other(recipe: Recipe) -> None:
    assert broken.rules(recipe.broken) == (recipe.rule,)


@pytest.mark.parametrize("number", range(len(steps.STEPS)))
def test_what_the_mutator_makes_of_a_recipe_is_that_but_for_addresses_that_may_be_any(number: int) -> None:
    step, recipe = steps.STEPS[number], recipes()[number]
    assert (step.rule, steps.TEMPLATES[step.template]) == (recipe.rule, recipe.whole)
    for seed in range(8):
        b = Buffer(b"", 4096, seed)
        apply(b, step)
        assert broken.rules(bytes(b.data)) == (recipe.rule,)
        if not step.free:
            assert bytes(b.data) == recipe.broken


@pytest.mark.parametrize("number", range(len(steps.TEMPLATES)))
def test_a_template_breaks_nothing_wherever_its_free_addresses_are(number: int) -> None:
    for seed in range(8):
        b = Buffer(b"", 4096, seed)
        apply(b, steps.Step("", number, len(steps.TEMPLATES[number]), free=steps.TEMPLATE_FREE[number]))
        assert broken.rules(bytes(b.data)) == ()


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("ring-late-")])
def test_what_changes_late_is_not_seen_but_would_be_if_it_stayed(name: str) -> None:
    case = CASES[name]
    assert len(case.changes) == 2
    assert broken.rules(build(case._replace(changes=case.changes[:1]))) != ()


def test_every_rule_has_a_recipe_or_a_reason_why_no_bytes_alone_break_it() -> None:
    reached = {recipe.rule for recipe in recipes()}
    assert set(RECORD_RULES) <= reached
    assert reached | set(WITHOUT) == set(all_rules())
    assert reached & set(WITHOUT) == set()


def test_firmware_recipes_reach_every_refusal_of_the_parser() -> None:
    """One name for many places: each field that the strict parser names is named by a recipe."""
    from abi.cper.parse import parse_status_block
    from abi.errors import InputError

    fields = set()
    for recipe in recipes():
        if recipe.rule == STRICT:
            with pytest.raises(InputError) as refused:
                parse_status_block(parse(recipe.broken).data)
            fields.add(str(refused.value.path).rpartition(".")[2])
    assert fields >= {
        "data_length", "raw_data_offset", "raw_data_length", "block_status", "error_data_length", "err_info_num",
        "context_info_num", "section_length", "length", "size", "validation_bits",
    }


def test_a_recipe_changes_something() -> None:
    assert all(recipe.broken != recipe.whole for recipe in recipes())

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
// Hides what does not hold every word looked for, or is of another verdict. Without it the page shows everything.
// A word rule:NAME asks for vectors that decide that rule, not for all that mention it.
"use strict";
const by = (id) => document.getElementById(id);
const entries = [...document.querySelectorAll("[data-verdict]")].map((e) => [e, e.textContent.toLowerCase()]);
const wrong = entries.filter(([e]) => e.dataset.verdict !== "pass");

const holds = (entry, text, word) => word.startsWith("rule:")
  ? entry.dataset.rules.split(" ").includes(word.slice(5)) : text.includes(word);

function look() {
  const words = by("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = by("only").value;
  let shown = 0, passed = 0;
  for (const [entry, text] of entries) {
    const verdict = entry.dataset.verdict;
    entry.hidden = !((!only || only === verdict) && words.every((word) => holds(entry, text, word)));
    if (!entry.hidden) verdict === "pass" ? passed++ : shown++;
  }
  by("shown").textContent = `${shown} of ${wrong.length}`;
  by("passed").textContent = `${passed} of ${entries.length - wrong.length}`;
}

function show() {
  const entry = by(decodeURIComponent(location.hash.slice(1)));
  if (!entry || !entry.dataset.verdict) return;
  by("find").value = by("only").value = "";
  look();
  (entry.closest("details") || entry).open = true;
  entry.scrollIntoView();
}

by("find").addEventListener("input", look);
by("only").addEventListener("change", look);
by("open").addEventListener("click", () => wrong.forEach(([e]) => { e.open = e.open || !e.hidden; }));
by("close").addEventListener("click", () => wrong.forEach(([e]) => { e.open = false; }));
by("rules").addEventListener("click", (event) => {
  if (event.target.dataset.rule) { by("find").value = `rule:${event.target.dataset.rule}`; look(); }
});
addEventListener("hashchange", show);
look();
show();

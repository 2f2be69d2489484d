/**
 * Incidents made up for checking templates at start: usual ones, empty ones, very long ones, and one whose
 * every text tries to break out. None of it is ever written to a page.
 */

import type { TemplateValues } from "../domain/template.ts";

/** Entries of each list that a template gets to see; what is beyond is left out. */
export const entriesMax = 50;

const hostile =
  "# x\n- [ ] **a** `b` [c](https://d.example) <details> <!-- timeline --> | {{ x }} {% raw %} &lt;";
// Lists that are indexed without a look at their size fail with some of these.
const listSizes = [2, 0, 1, 3, 5, 10, entriesMax] as const;

/** An ordinary incident. Its shape is what templates may read. */
export const usualValues: TemplateValues = valuesWith({ text: undefined, listSize: 2 });

export interface Sample {
  /** Ends the sentence "with …". */
  readonly with: string;
  readonly values: TemplateValues;
}

export const samples: readonly Sample[] = [
  ...listSizes.map((listSize) => ({
    with: `${listSize} responders, alerts and changes`,
    values: valuesWith({ text: undefined, listSize }),
  })),
  { with: "every text empty", values: valuesWith({ text: "", listSize: 2 }) },
  { with: "Markdown in every text", values: valuesWith({ text: hostile, listSize: 2 }) },
];

function valuesWith(wish: {
  readonly text: string | undefined;
  readonly listSize: number;
}): TemplateValues {
  function say(usual: string): string {
    return wish.text ?? usual;
  }
  function listOf<Entry>(entry: Entry): Entry[] {
    return Array.from({ length: wish.listSize }, () => entry);
  }
  const record = {
    summary: say("p95 latency above 2 s"),
    source: say("metrics"),
    at: say("2026-11-20 10:01 UTC"),
  };
  return {
    incident: {
      id: say("PT4KHLK"),
      number: 1042,
      title: say("Checkout answers with errors"),
      url: say("https://example.pagerduty.com/incidents/PT4KHLK"),
      severity: say("P1"),
      service: say("Checkout"),
      teams: listOf(say("Payments")),
      escalation_policy: say("Payments on call"),
      urgency: say("high"),
      started: say("2026-11-20 10:02 UTC"),
      lead: say("Ada Example"),
      responders: listOf(say("Ada Example")),
      alerts: listOf(record),
      changes: listOf(record),
    },
    clock: {
      hour_0: say("Fri 2026-11-20 10:02 UTC"),
      hour_24: say("Sat 2026-11-21 10:02 UTC"),
      hour_48: say("Sun 2026-11-22 10:02 UTC"),
      hour_96: say("Tue 2026-11-24 10:02 UTC"),
      week_4: say("Fri 2026-12-18 10:02 UTC"),
    },
  };
}

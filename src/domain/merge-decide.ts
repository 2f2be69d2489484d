/** Which way a field goes: the decision table of the merge, without a word on how it is written. */

import type { FieldFacts } from "./merge-facts.ts";
import type { MergeInput, Refusal } from "./merge-plan.ts";
import type { WriteReason } from "./merge-words.ts";

/**
 * What becomes of a field. `keep` writes nothing and accepts the pair; `hold` writes nothing and leaves
 * the base as it was; so does `open`, where both sides hold what the other has not seen.
 */
export type Decision =
  | { readonly do: "keep" }
  | { readonly do: "hold" }
  | { readonly do: "open" }
  | { readonly do: "toJira" | "toNotion"; readonly reason: WriteReason };

const keep: Decision = { do: "keep" };
const hold: Decision = { do: "hold" };
const open: Decision = { do: "open" };

/** Takes a field's facts; gives what becomes of it. */
export function decide(facts: FieldFacts, input: MergeInput): Decision {
  const { field, notion, jira, corresponds } = facts;
  const { base } = input;
  if (input.stopped.has(field)) {
    return hold;
  }
  if (base === undefined) {
    return decideFirst(facts, input);
  }
  const half = base.jira[field];
  // What Jira refused at the create is not there; whatever it holds instead is no change.
  const fresh = refusalOf(facts, input) === undefined ? facts.fresh : "same";
  const isUnsent = half === undefined && (fresh === "unsent" || fresh === "contested");
  const jiraChanged =
    half === undefined ? fresh === "changed" || fresh === "contested" : half !== jira.value;
  const isDue = isDueAgain(facts, input) && !jiraChanged;
  const notionChanged = notion.value !== base.notion[field] || isUnsent || isDue;
  // A co-owner who has become the assignee corresponds, and yet goes to the front.
  const isReorder = field === "owner" && jiraChanged && !notionChanged;
  if (corresponds && !isReorder) {
    return keep;
  }
  if (notionChanged && jiraChanged) {
    return decideConflict(facts, input);
  }
  if (notionChanged) {
    return sendOrNot(facts, input, "change");
  }
  return jiraChanged && "value" in jira.across ? { do: "toNotion", reason: "change" } : keep;
}

/** Whether Jira has refused before what would be written now, and it is not tried again yet; with its words. */
export function refusedWhy(facts: FieldFacts, input: MergeInput): string | undefined {
  return isDueAgain(facts, input) ? undefined : refusalOf(facts, input)?.why;
}

/** Whether Jira has refused what would be written now so long ago that it is tried again. */
export function isDueAgain(facts: FieldFacts, input: MergeInput): boolean {
  return refusalOf(facts, input)?.isDue === true;
}

function refusalOf({ field, notion }: FieldFacts, input: MergeInput): Refusal | undefined {
  const refusal = input.refused[field];
  return "value" in notion.across && notion.across.value === refusal?.value ? refusal : undefined;
}

/** With an issue that a person made: what it holds wins, and what it lacks is filled in. */
function decideFirst(facts: FieldFacts, input: MergeInput): Decision {
  const { field, notion, jira, corresponds } = facts;
  if (corresponds) {
    return keep;
  }
  if (jira.value !== "") {
    const unread = field === "status" ? open : keep;
    return "value" in jira.across ? { do: "toNotion", reason: "first" } : unread;
  }
  return notion.value === "" ? keep : sendOrNot(facts, input, "first");
}

/**
 * The route's winner wins, if it can be said on the other side. A winner that is empty and means nothing
 * there, or that Jira has refused, gives way; one that the other side does not know stays where it is.
 * A status stays open then: from the ids of a base nobody could tell that Notion's never was at Jira.
 */
function decideConflict(facts: FieldFacts, input: MergeInput): Decision {
  const { field, notion, jira } = facts;
  const toNotion: Decision = { do: "toNotion", reason: "conflict" };
  if (input.route.winners[field] === "jira") {
    if ("value" in jira.across) {
      return toNotion;
    }
    if (jira.value === "") {
      return sendOrNot(facts, input, "conflict");
    }
    return field === "status" ? open : keep;
  }
  const sent = sendOrNot(facts, input, "conflict");
  const givesWay =
    refusedWhy(facts, input) !== undefined || ("unknown" in notion.across && notion.value === "");
  return sent.do === "keep" && givesWay && "value" in jira.across ? toNotion : sent;
}

function sendOrNot(facts: FieldFacts, input: MergeInput, reason: WriteReason): Decision {
  if (facts.held !== undefined) {
    return hold;
  }
  if ("unknown" in facts.notion.across || refusedWhy(facts, input) !== undefined) {
    return keep;
  }
  return { do: "toJira", reason };
}
